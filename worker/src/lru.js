/** A bounded map that forgets what was not used for the longest time. @template V @extends {Map<string, V>} */
export class Lru extends Map {
  /** @param {number} capacity */
  constructor(capacity) {
    super();
    this.capacity = capacity;
  }

  /** @param {string} key @returns {V | undefined} */
  get(key) {
    const value = super.get(key);
    if (value !== undefined) this.set(key, value);
    return value;
  }

  /** A map keeps the order of insertion, which this makes that of use. @param {string} key @param {V} value */
  set(key, value) {
    this.delete(key);
    super.set(key, value);
    if (this.size > this.capacity) this.delete(this.keys().next().value ?? "");
    return this;
  }
}
