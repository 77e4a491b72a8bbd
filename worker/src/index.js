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
/** @import { Env, Waiting } from "./types.js" */

const AUTH_TIMEOUT_MS = 300;

/** @type {WeakMap<Env, Router>} */
const routers = new WeakMap();

/** @param {Env} env @param {() => number} [now] @returns {Router} @throws {EdgeError} misconfigured */
function createRouter(env, now = Date.now) {
  const table = parseTable(env.REGIONS);
  if (!env.AUTH || !env.AUTH_TOKEN) throw new EdgeError("misconfigured", { detail: "AUTH or AUTH_TOKEN is missing" });
  const timeoutMs = Number(env.AUTH_TIMEOUT_MS ?? AUTH_TIMEOUT_MS);
  if (!(timeoutMs > 0)) throw new EdgeError("misconfigured", { detail: "AUTH_TIMEOUT_MS is not a number" });
  const auth = new AuthClient({ address: env.AUTH, token: env.AUTH_TOKEN, timeoutMs, fetch: (...args) => fetch(...args), now });
  // Longer than the call itself may take: reached only where the leader was lost.
  const limitMs = timeoutMs + 100;
  const jwks = new Jwks({ load: () => auth.publicKeys(), kv: env.LAST_KNOWN, now, limitMs });
  const flights = new Flights({ limitMs, onLimit: () => new AuthUnavailable("waited too long") });
  const lastKnown = new LastKnown(env.LAST_KNOWN);
  const resolver = new Resolver({ auth, jwks, cache: new AnswerCache(), flights, breaker: new Breaker({ now }), lastKnown, now });
  const outlet = env.CLIENT_CERT ?? globalThis;
  /** @type {typeof fetch} */
  const toRegions = (...args) => outlet.fetch(...args);
  return new Router({ table, resolver, jwks, fetch: toRegions, now, newId: () => crypto.randomUUID() });
}

export default {
  /** @param {Request} request @param {Env} env @param {Waiting} ctx @returns {Promise<Response>} */
  async fetch(request, env, ctx) {
    try {
      const router = routers.get(env) ?? createRouter(env);
      routers.set(env, router);
      return await router.handle(request, ctx);
    } catch (thrown) {
      const error = asEdgeError(thrown);
      console.error(JSON.stringify({ event: error.code, detail: error.detail }));
      return refusalResponse(error, crypto.randomUUID());
    }
  },
};
