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

  /** @returns {boolean} whether to ask; who does must say how it went */
  allows() {
    if (this.#failures < this.threshold) return true;
    if (this.now() < this.#opensAtMs) return false;
    this.#opensAtMs = this.now() + this.pauseMs;
    return true;
  }

  succeeded() {
    this.#failures = 0;
  }

  failed() {
    this.#failures += 1;
    this.#opensAtMs = this.now() + this.pauseMs;
  }
}
