/** The Worker: its bindings (bindings.json) turned into a router, once an isolate. */
import { createAuthClient, DELIVERY_TIMEOUT_MS } from "./auth.js";
import { AnswerCache } from "./cache.js";
import { asEdgeError, EdgeError, refusalResponse } from "./errors.js";
import { createBreaker, createFlights } from "./calls.js";
import { Jwks } from "./jwt.js";
import { parsePublicRequests } from "./public.js";
import { parseTable } from "./regions.js";
import { createResolver } from "./resolver.js";
import { createRouter } from "./router.js";
/** @import { Env, Flights, Waiting } from "./types.js" */

/** @type {WeakMap<Env, ReturnType<typeof createRouter>>} */
const routers = new WeakMap();

/** @param {Env} env @throws {EdgeError} misconfigured */
function routerOf({ REGIONS, PUBLIC_REQUESTS, AUTH, AUTH_TOKEN, AUTH_TIMEOUT_MS = "300", CLIENT_CERT, LAST_KNOWN: kv }) {
  const now = Date.now;
  const timeoutMs = Number(AUTH_TIMEOUT_MS);
  if (!AUTH || !AUTH_TOKEN) throw new EdgeError("misconfigured", { detail: "AUTH or AUTH_TOKEN is missing" });
  if (!(timeoutMs > 0)) throw new EdgeError("misconfigured", { detail: "AUTH_TIMEOUT_MS is not a number" });
  const auth = createAuthClient({ address: AUTH, token: AUTH_TOKEN, timeoutMs, fetch: (...args) => fetch(...args), now });
  const flights = createFlights(timeoutMs + 100);
  const jwks = new Jwks({ load: () => auth.publicKeys(), kv, now, flights });
  /** @param {AnswerCache} cache @param {Flights<any>} own */
  const resolverWith = (cache, own) => createResolver({ auth, jwks, kv, now, breaker: createBreaker(now), cache, flights: own });
  const cache = new AnswerCache();
  const credentials = resolverWith(cache, flights);
  // Whoever likes makes keys up, from any address: what comes of that touches nobody who has signed in.
  const keys = resolverWith(new AnswerCache(2_000, 2_000, cache.places), createFlights(timeoutMs + 100, 20));
  /** @type {typeof fetch} */
  const toRegions = (...args) => (CLIENT_CERT ?? globalThis).fetch(...args);
  const said = { table: parseTable(REGIONS), publicList: parsePublicRequests(PUBLIC_REQUESTS) };
  const asked = { credentials, keys, deliveries: createFlights(DELIVERY_TIMEOUT_MS + 100, 20), auth, jwks };
  return createRouter({ ...said, ...asked, fetch: toRegions, now, newId: () => crypto.randomUUID() });
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
