/** How the auth service is asked: once for all who wait for the same, and not while it is down. */
import { AuthUnavailable } from "./auth.js";
/** @import { Waiting } from "./types.js" */

/**
 * Single flight: concurrent misses of one key make one call, whose promise is shared across requests. The runtime runs
 * each waiter's continuation in its own (compatibility flag `handle_cross_request_promise_resolution`, on by date), but
 * drops the work of a request whose client has gone: `waitUntil` keeps the call alive, and nobody waits without a limit.
 * @template V @param {number} limitMs longer than a call may take: reached only where the leader was lost @param {number} [most]
 */
export function createFlights(limitMs, most = Infinity) {
  /** @type {Map<string, Promise<V>>} */
  const flights = new Map();
  /** @param {string} key @param {Waiting} ctx @param {() => Promise<V>} start @returns {Promise<V>} */
  return async function join(key, ctx, start) {
    const [oldest = key] = flights.keys();
    if (flights.size >= most && !flights.has(key)) {
      ctx.waitUntil(join(oldest, ctx, start).catch(() => {})); // to its limit: if its leader was lost, it takes no place for ever
      throw new AuthUnavailable("too many at once");
    }
    const flight = flights.get(key) ?? start();
    flights.set(key, flight);
    const late = scheduler.wait(limitMs).then(() => Promise.reject(new AuthUnavailable("waited too long")));
    const landing = Promise.race([flight, late]).finally(() => flights.get(key) === flight && flights.delete(key));
    ctx.waitUntil(landing.catch(() => {}));
    return landing;
  };
}

/**
 * A circuit breaker: after some failures in a row nobody asks for a while, then one tries for all.
 * @param {() => number} now @param {number} [threshold] @param {number} [pauseMs]
 */
export function createBreaker(now, threshold = 5, pauseMs = 5_000) {
  let [failures, opensAtMs] = [0, 0];
  /** @template T @param {() => Promise<T>} call @returns {Promise<T>} @throws {AuthUnavailable} where nobody asks, too */
  return async function run(call) {
    if (failures >= threshold && now() < opensAtMs) throw new AuthUnavailable("breaker is open");
    opensAtMs = now() + pauseMs;
    try {
      const result = await call();
      failures = 0;
      return result;
    } catch (error) {
      // What one client can provoke, such as a rate limit on its own credential, must not stop the others.
      failures = error instanceof AuthUnavailable && !error.down ? 0 : failures + 1;
      opensAtMs = now() + pauseMs;
      throw error;
    }
  };
}
