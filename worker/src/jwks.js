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

  /** @param {{load: () => Promise<Record<string, unknown>>, now: () => number}} options */
  constructor({ load, now }) {
    this.load = load;
    this.now = now;
  }

  /** @param {unknown} kid an unknown one costs at most one fetch in 30 seconds @returns {Promise<CryptoKey | undefined>} */
  async key(kid) {
    const id = String(kid);
    if (!this.#keys.has(id)) await this.refresh();
    return this.#keys.get(id);
  }

  /** Where there are none yet. */
  async preload() {
    if (this.#keys.size === 0) await this.refresh();
  }

  async refresh() {
    if (this.now() - this.#fetchedAtMs < REFETCH_AFTER_MS) return;
    this.#fetchedAtMs = this.now();
    try {
      this.#keys = await importKeys(await this.load());
    } catch {
      // What the last good keys cannot verify is refused.
    }
  }
}

/** @param {Record<string, unknown>} jwks @returns {Promise<Map<string, CryptoKey>>} */
async function importKeys({ keys }) {
  const imported = new Map();
  for (const { kid, kty, crv, x } of Array.isArray(keys) ? keys : []) {
    // Ed25519 alone (RFC 8037): no `none`, and no HS256 with a public key as its secret.
    if (kty !== "OKP" || crv !== "Ed25519" || typeof kid !== "string") continue;
    imported.set(kid, await crypto.subtle.importKey("jwk", { kty, crv, x }, { name: "Ed25519" }, false, ["verify"]));
  }
  return imported;
}
