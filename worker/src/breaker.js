/** A circuit breaker around the auth service: after some failures in a row nobody asks for a while, then one tries for all. */
import { AuthUnavailable } from "./auth.js";

/** @param {() => number} now @param {number} [threshold] @param {number} [pauseMs] */
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
