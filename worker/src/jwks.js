/**
 * The auth service's public keys, for the one signature that the Worker checks: that of `moved`. Loaded with its first
 * answer and kept in KV, so that they are there when it is down later; the last good set outlives every failure.
 */

const REFETCH_AFTER_MS = 30_000;

export class Jwks {
  /** @type {Map<string, CryptoKey>} */
  #keys = new Map();
  #preloadFromMs = 0;
  #refetchFromMs = 0;

  /** @param {{load: () => Promise<unknown>, kv: KVNamespace | undefined, now: () => number}} options */
  constructor(options) {
    this.options = options;
  }

  get isEmpty() {
    return this.#keys.size === 0;
  }

  /** An unknown id costs at most one fetch in 30 seconds. @param {unknown} kid @returns {Promise<CryptoKey | undefined>} */
  async key(kid) {
    const id = String(kid);
    const now = this.options.now();
    if (!this.#keys.has(id) && now >= this.#refetchFromMs) {
      this.#refetchFromMs = now + REFETCH_AFTER_MS;
      await this.#fetch();
    }
    return this.#keys.get(id);
  }

  /** Where there are none yet, and not again at once where that failed. */
  async preload() {
    const now = this.options.now();
    if (!this.isEmpty || now < this.#preloadFromMs) return;
    this.#preloadFromMs = now + REFETCH_AFTER_MS;
    await this.#fetch();
  }

  async #fetch() {
    const { kv, load } = this.options;
    const saved = await kv?.get("jwks").catch(() => null);
    try {
      const fetched = JSON.stringify(await load());
      this.#keys = await importKeys(fetched);
      if (fetched !== saved) await kv?.put("jwks", fetched);
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
