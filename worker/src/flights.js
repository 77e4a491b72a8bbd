import { AuthUnavailable } from "./auth.js";
/** @import { Waiting } from "./types.js" */

/**
 * Single flight: concurrent misses of one key make one call.
 *
 * The promise is shared across requests. The runtime runs each waiter's continuation in its own request (compatibility
 * flag `handle_cross_request_promise_resolution`, on by date), but drops the work of a request whose client has gone:
 * so the leader keeps its call alive by `waitUntil`, and no waiter waits without a limit of its own.
 * @template V
 */
export class Flights {
  /** @type {Map<string, Promise<V>>} */
  #open = new Map();

  /** @param {number} limitMs of waiting: longer than the call itself may take, reached only where the leader was lost */
  constructor(limitMs) {
    this.limitMs = limitMs;
  }

  /** @param {string} key @param {Waiting} ctx @param {() => Promise<V>} start @returns {Promise<V>} */
  async join(key, ctx, start) {
    const open = this.#open.get(key);
    if (open !== undefined) return Promise.race([open, this.#limit(key, open)]);
    const flight = start().finally(() => this.#land(key, flight));
    this.#open.set(key, flight);
    ctx.waitUntil(flight.catch(() => {}));
    return flight;
  }

  /** @param {string} key @param {Promise<V>} flight @returns {Promise<never>} */
  async #limit(key, flight) {
    await scheduler.wait(this.limitMs);
    this.#land(key, flight);
    throw new AuthUnavailable("waited too long");
  }

  /** @param {string} key @param {Promise<V>} flight */
  #land(key, flight) {
    if (this.#open.get(key) === flight) this.#open.delete(key);
  }
}
