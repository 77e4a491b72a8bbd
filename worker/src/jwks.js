/**
 * The auth service's public keys, for the one signature that the Worker checks: that of `moved`.
 *
 * Loaded with the first answer of the auth service and kept in KV, so that they are there when it is down later; the
 * last good set outlives every failure.
 */

const REFETCH_AFTER_MS = 30_000;
const KV_KEY = "jwks";

/** @typedef {Record<string, unknown>} KeySet */

export class Jwks {
  /** @type {Map<string, CryptoKey>} */
  #keys = new Map();
  #preloadFromMs = 0;
  #refetchFromMs = 0;

  /** @param {{load: () => Promise<KeySet>, kv: KVNamespace | undefined, now: () => number}} options */
  constructor({ load, kv, now }) {
    this.load = load;
    this.kv = kv;
    this.now = now;
  }

  get isEmpty() {
    return this.#keys.size === 0;
  }

  /** @param {unknown} kid an unknown one costs at most one fetch in 30 seconds @returns {Promise<CryptoKey | undefined>} */
  async key(kid) {
    const id = String(kid);
    if (!this.#keys.has(id) && this.now() >= this.#refetchFromMs) {
      this.#refetchFromMs = this.now() + REFETCH_AFTER_MS;
      await this.#fetch();
    }
    return this.#keys.get(id);
  }

  /** Where there are none yet, and not again at once where that failed. */
  async preload() {
    if (!this.isEmpty || this.now() < this.#preloadFromMs) return;
    this.#preloadFromMs = this.now() + REFETCH_AFTER_MS;
    await this.#fetch();
  }

  async #fetch() {
    const saved = await this.kv?.get(KV_KEY).catch(() => null);
    try {
      const fetched = JSON.stringify(await this.load());
      this.#keys = await importKeys(fetched);
      if (fetched !== saved) await this.kv?.put(KV_KEY, fetched);
    } catch {
      // What the last good keys cannot verify is refused.
      if (this.isEmpty && saved) this.#keys = await importKeys(saved);
    }
  }
}

/** @param {string} jwks @returns {Promise<Map<string, CryptoKey>>} */
async function importKeys(jwks) {
  const { keys } = JSON.parse(jwks);
  const imported = new Map();
  for (const { kid, kty, crv, x } of Array.isArray(keys) ? keys : []) {
    // Ed25519 alone (RFC 8037): no `none`, and no HS256 with a public key as its secret.
    if (kty !== "OKP" || crv !== "Ed25519" || typeof kid !== "string") continue;
    imported.set(kid, await crypto.subtle.importKey("jwk", { kty, crv, x }, { name: "Ed25519" }, false, ["verify"]));
  }
  return imported;
}
