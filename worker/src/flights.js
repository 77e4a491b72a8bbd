/**
 * Single flight: concurrent misses of one key make one call.
 *
 * A promise is shared across requests here. The runtime runs each waiter's continuation in its own request
 * (compatibility flag `handle_cross_request_promise_resolution`, on by date), but cancels the work of a request whose
 * client has gone: so the leader keeps its call alive with `waitUntil`, and no waiter waits without a limit of its own.
 *
 * @template V
 */
export class Flights {
  /** @type {Map<string, Promise<V>>} */
  #open = new Map();

  /** @param {{limitMs: number, onLimit: () => Error}} options */
  constructor({ limitMs, onLimit }) {
    this.limitMs = limitMs;
    this.onLimit = onLimit;
  }

  /**
   * @param {string} key
   * @param {Pick<ExecutionContext, "waitUntil">} ctx
   * @param {() => Promise<V>} start
   * @returns {Promise<V>}
   */
  async join(key, ctx, start) {
    const open = this.#open.get(key);
    if (open !== undefined) return this.#within(key, open);
    const flight = start().finally(() => this.#land(key, flight));
    this.#open.set(key, flight);
    ctx.waitUntil(flight.catch(() => {}));
    return flight;
  }

  /**
   * @param {string} key
   * @param {Promise<V>} flight
   */
  async #within(key, flight) {
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    let timer;
    const limit = new Promise((_, reject) => {
      timer = setTimeout(() => {
        this.#land(key, flight);
        reject(this.onLimit());
      }, this.limitMs);
    });
    try {
      return await Promise.race([flight, /** @type {Promise<never>} */ (limit)]);
    } finally {
      clearTimeout(timer ?? null);
    }
  }

  /**
   * @param {string} key
   * @param {Promise<V>} flight
   */
  #land(key, flight) {
    if (this.#open.get(key) === flight) this.#open.delete(key);
  }
}
