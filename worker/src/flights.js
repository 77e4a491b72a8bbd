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

  /** @param {{limitMs: number, onLimit: () => Error}} options */
  constructor(options) {
    this.options = options;
  }

  /** @param {string} key @param {Waiting} ctx @param {() => Promise<V>} start @returns {Promise<V>} */
  async join(key, ctx, start) {
    const open = this.#open.get(key);
    if (open !== undefined) return this.#follow(key, open);
    const flight = start().finally(() => this.#land(key, flight));
    this.#open.set(key, flight);
    ctx.waitUntil(flight.catch(() => {}));
    return flight;
  }

  /** @param {string} key @param {Promise<V>} flight @returns {Promise<V>} */
  #follow(key, flight) {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#land(key, flight);
        reject(this.options.onLimit());
      }, this.options.limitMs);
      flight.then(resolve, reject).finally(() => clearTimeout(timer));
    });
  }

  /** @param {string} key @param {Promise<V>} flight */
  #land(key, flight) {
    if (this.#open.get(key) === flight) this.#open.delete(key);
  }
}
