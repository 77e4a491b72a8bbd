/**
 * The auth service's public keys, for the one signature that the Worker checks: that of `moved`.
 *
 * Loaded with the first answer of the auth service, so that they are there when it is down later; the last good set
 * outlives every failure.
 */

const REFETCH_AFTER_MS = 30_000;

export class Jwks {
  /** @type {Map<string, CryptoKey>} */
  #keys = new Map();
  #fetchedAtMs = -Infinity;

  /**
   * @param {object} options
   * @param {() => Promise<Record<string, unknown>>} options.load
   * @param {() => number} options.now
   */
  constructor({ load, now }) {
    this.load = load;
    this.now = now;
  }

  get isEmpty() {
    return this.#keys.size === 0;
  }

  /**
   * @param {unknown} kid
   * @returns {Promise<CryptoKey | null>} an unknown id costs at most one fetch in 30 seconds, whoever makes it up
   */
  async key(kid) {
    if (typeof kid !== "string") return null;
    if (!this.#keys.has(kid)) await this.refresh();
    return this.#keys.get(kid) ?? null;
  }

  async refresh() {
    if (this.now() - this.#fetchedAtMs < REFETCH_AFTER_MS) return;
    this.#fetchedAtMs = this.now();
    try {
      this.#keys = await importKeys(await this.load());
    } catch {
      // The last good keys go on; what they cannot verify is refused.
    }
  }
}

/**
 * @param {Record<string, unknown>} jwks
 * @returns {Promise<Map<string, CryptoKey>>}
 */
async function importKeys({ keys }) {
  const imported = new Map();
  for (const jwk of Array.isArray(keys) ? keys : []) {
    // Nothing but Ed25519 (RFC 8037): no `none`, no HS256 with a public key as its secret.
    if (jwk?.kty !== "OKP" || jwk.crv !== "Ed25519" || typeof jwk.kid !== "string") continue;
    const key = { kty: "OKP", crv: "Ed25519", x: jwk.x };
    imported.set(jwk.kid, await crypto.subtle.importKey("jwk", key, { name: "Ed25519" }, false, ["verify"]));
  }
  return imported;
}
