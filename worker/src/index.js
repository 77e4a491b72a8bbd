/** The Worker: its bindings (bindings.json) turned into a router, once an isolate. */
import { createAuthClient } from "./auth.js";
import { createBreaker } from "./breaker.js";
import { AnswerCache } from "./cache.js";
import { asEdgeError, EdgeError, refusalResponse } from "./errors.js";
import { Flights } from "./flights.js";
import { Jwks } from "./jwt.js";
import { parseTable } from "./regions.js";
import { createResolver } from "./resolver.js";
import { createRouter } from "./router.js";
/** @import { Env, Waiting } from "./types.js" */

/** @type {WeakMap<Env, ReturnType<typeof createRouter>>} */
const routers = new WeakMap();

/** @param {Env} env @throws {EdgeError} misconfigured */
function routerOf({ REGIONS, AUTH, AUTH_TOKEN, AUTH_TIMEOUT_MS = "300", CLIENT_CERT, LAST_KNOWN: kv }) {
  const now = Date.now;
  const timeoutMs = Number(AUTH_TIMEOUT_MS);
  if (!AUTH || !AUTH_TOKEN) throw new EdgeError("misconfigured", { detail: "AUTH or AUTH_TOKEN is missing" });
  if (!(timeoutMs > 0)) throw new EdgeError("misconfigured", { detail: "AUTH_TIMEOUT_MS is not a number" });
  const auth = createAuthClient({ address: AUTH, token: AUTH_TOKEN, timeoutMs, fetch: (...args) => fetch(...args), now });
  const flights = new Flights(timeoutMs + 100);
  const jwks = new Jwks({ load: () => auth.publicKeys(), kv, now, flights });
  const resolver = createResolver({ auth, jwks, cache: new AnswerCache(), flights, breaker: createBreaker(now), kv, now });
  /** @type {typeof fetch} */
  const toRegions = (...args) => (CLIENT_CERT ?? globalThis).fetch(...args);
  return createRouter({ table: parseTable(REGIONS), resolver, jwks, fetch: toRegions, now, newId: () => crypto.randomUUID() });
}

export default {
  /** @param {Request} request @param {Env} env @param {Waiting} ctx @returns {Promise<Response>} */
  async fetch(request, env, ctx) {
    try {
      const handle = routers.get(env) ?? routerOf(env);
      routers.set(env, handle);
      return await handle(request, ctx);
    } catch (thrown) {
      const error = asEdgeError(thrown);
      console.error(JSON.stringify({ event: error.code, detail: error.detail }));
      return refusalResponse(error, crypto.randomUUID());
    }
  },
};
