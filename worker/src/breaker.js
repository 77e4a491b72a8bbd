/**
 * A circuit breaker: after some failures in a row nobody asks for a while, then one request tries.
 */
export class Breaker {
  #failures = 0;
  #closedFromMs = 0;

  /** @param {{now: () => number, threshold?: number, openMs?: number}} options */
  constructor({ now, threshold = 5, openMs = 5_000 }) {
    this.now = now;
    this.threshold = threshold;
    this.openMs = openMs;
  }

  /** @returns {boolean} whether to try; where it was open, the one who is told yes tries for all */
  allows() {
    if (this.#failures < this.threshold) return true;
    if (this.now() < this.#closedFromMs) return false;
    this.#closedFromMs = this.now() + this.openMs;
    return true;
  }

  succeeded() {
    this.#failures = 0;
  }

  failed() {
    this.#failures += 1;
    if (this.#failures >= this.threshold) this.#closedFromMs = this.now() + this.openMs;
  }
}
