/**
 * Where a credential was served last, for when neither memory nor the auth service can say. Regions only, under the
 * cache's key. KV may be a minute behind, which the region that gets the request unsigned finds out by itself.
 */

const RETENTION_S = 30 * 24 * 3600;

export class LastKnown {
  /** @param {KVNamespace | undefined} kv without it nothing is remembered */
  constructor(kv) {
    this.kv = kv;
  }

  /** Null also where KV fails: there is still the client's hint. @param {string} key @returns {Promise<string | null>} */
  async recall(key) {
    return (await this.kv?.get(`region:${key}`).catch(() => null)) ?? null;
  }

  /** @param {string} key @param {string} region */
  async remember(key, region) {
    // Reads are cheaper than writes, and a credential hardly ever moves.
    if (this.kv === undefined || (await this.recall(key)) === region) return;
    await this.kv.put(`region:${key}`, region, { expirationTtl: RETENTION_S });
  }

  /** @param {string} key */
  async forget(key) {
    await this.kv?.delete(`region:${key}`);
  }
}
