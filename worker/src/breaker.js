/** A circuit breaker: after some failures in a row nobody asks for a while, then one tries for all. */
export class Breaker {
  #failures = 0;
  #opensAtMs = 0;

  /** @param {{now: () => number, threshold?: number, pauseMs?: number}} options */
  constructor({ now, threshold = 5, pauseMs = 5_000 }) {
    this.now = now;
    this.threshold = threshold;
    this.pauseMs = pauseMs;
  }

  /** @returns {boolean} whether to ask; who does must let the call be watched */
  allows() {
    if (this.#failures < this.threshold) return true;
    if (this.now() < this.#opensAtMs) return false;
    this.#opensAtMs = this.now() + this.pauseMs;
    return true;
  }

  /**
   * @template T @param {Promise<T>} call
   * @param {(error: unknown) => boolean} isFailure false for an error that shows the other side to be up: what one
   *   client can provoke, such as a rate limit on its own credential, must not stop the others
   * @returns {Promise<T>} the same
   */
  async watch(call, isFailure) {
    try {
      const result = await call;
      this.#failures = 0;
      return result;
    } catch (error) {
      this.#failures = isFailure(error) ? this.#failures + 1 : 0;
      this.#opensAtMs = this.now() + this.pauseMs;
      throw error;
    }
  }
}
