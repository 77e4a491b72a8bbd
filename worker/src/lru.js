/** A bounded map that forgets what was not used for the longest time. @template V */
export class Lru {
  /** @type {Map<string, V>} in the order of use, since a Map keeps the order of insertion */
  #entries = new Map();

  /** @param {number} capacity */
  constructor(capacity) {
    this.capacity = capacity;
  }

  /** @param {string} key @returns {V | undefined} */
  get(key) {
    const value = this.#entries.get(key);
    if (value !== undefined) this.set(key, value);
    return value;
  }

  /** @param {string} key @param {V} value */
  set(key, value) {
    this.#entries.delete(key);
    this.#entries.set(key, value);
    if (this.#entries.size <= this.capacity) return;
    const oldest = this.#entries.keys().next();
    if (!oldest.done) this.#entries.delete(oldest.value);
  }

  /** @param {string} key */
  delete(key) {
    this.#entries.delete(key);
  }
}
