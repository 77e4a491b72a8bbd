/** The Worker: its bindings (bindings.json) turned into a router, once an isolate. */

import { AuthClient, AuthUnavailable } from "./auth.js";
import { Breaker } from "./breaker.js";
import { AnswerCache } from "./cache.js";
import { asEdgeError, EdgeError, refusalResponse } from "./errors.js";
import { Flights } from "./flights.js";
import { Jwks } from "./jwks.js";
import { LastKnown } from "./last_known.js";
import { parseTable } from "./regions.js";
import { Resolver } from "./resolver.js";
import { Router } from "./router.js";

/**
 * @typedef {object} Env
 * @property {unknown} REGIONS
 * @property {string} AUTH
 * @property {string} AUTH_TOKEN
 * @property {string} [AUTH_TIMEOUT_MS]
 * @property {Fetcher} [CLIENT_CERT]
 * @property {KVNamespace} [LAST_KNOWN]
 */

const AUTH_TIMEOUT_MS = 300;

/** @type {WeakMap<object, Router>} */
const routers = new WeakMap();

/**
 * @param {Env} env
 * @returns {Router}
 * @throws {EdgeError} misconfigured
 */
export function createRouter(env) {
  const now = () => Date.now();
  const table = parseTable(env.REGIONS);
  if (!env.AUTH || !env.AUTH_TOKEN) throw new EdgeError("misconfigured", { detail: "AUTH or AUTH_TOKEN is missing" });
  const timeoutMs = Number(env.AUTH_TIMEOUT_MS ?? AUTH_TIMEOUT_MS);
  if (!(timeoutMs > 0)) throw new EdgeError("misconfigured", { detail: "AUTH_TIMEOUT_MS is no number of milliseconds" });
  const auth = new AuthClient({ address: env.AUTH, token: env.AUTH_TOKEN, timeoutMs, fetch: (...args) => fetch(...args), now });
  const resolver = new Resolver({
    auth,
    cache: new AnswerCache(),
    // A little longer than the call itself may take: reached only where the leader was lost.
    flights: new Flights({ limitMs: timeoutMs + 100, onLimit: () => new AuthUnavailable("waited too long") }),
    breaker: new Breaker({ now }),
    lastKnown: new LastKnown(env.LAST_KNOWN),
    now,
  });
  const { CLIENT_CERT: certificate } = env;
  return new Router({
    table,
    resolver,
    jwks: new Jwks({ load: () => auth.publicKeys(), now }),
    fetch: certificate ? (...args) => certificate.fetch(...args) : (...args) => fetch(...args),
    now,
    newId: () => crypto.randomUUID(),
  });
}

export default {
  /**
   * @param {Request} request
   * @param {Env} env
   * @param {ExecutionContext} ctx
   * @returns {Promise<Response>}
   */
  async fetch(request, env, ctx) {
    let router = routers.get(env);
    if (router === undefined) {
      try {
        router = createRouter(env);
      } catch (error) {
        const refusal = asEdgeError(error);
        console.error(JSON.stringify({ event: "misconfigured", detail: refusal.detail }));
        return refusalResponse(refusal, { requestId: crypto.randomUUID() });
      }
      routers.set(env, router);
    }
    return router.handle(request, ctx);
  },
};
