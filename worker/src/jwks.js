/**
 * The auth service's public keys, for the one signature that the Worker checks: that of `moved`. Loaded with its first
 * answer and kept in KV, so that they are there when it is down later; the last good set outlives every failure.
 */

import { Flights } from "./flights.js";
/** @import { Waiting } from "./types.js" */

const REFETCH_AFTER_MS = 30_000;
// Where a fetch failed: one lost call right after a rotation must not refuse every move for half a minute.
const RETRY_AFTER_MS = 1_000;
/** Its name in KV, and that of the one fetch under way. */
const JWKS = "jwks";

export class Jwks {
  /** @type {Map<string, CryptoKey>} */
  #keys = new Map();
  /** When each reason allows the next fetch. */
  #fromMs = { preload: 0, unknown: 0 };
  /** Whether the last fetch failed, or there was none: an unknown id says nothing against who names it. */
  isOutOfReach = true;

  /** @param {{load: () => Promise<unknown>, kv: KVNamespace | undefined, now: () => number, limitMs: number}} options */
  constructor(options) {
    this.options = options;
    /** @type {Flights<void>} */
    this.flights = new Flights({ limitMs: options.limitMs, onLimit: () => new Error("waited too long for the keys") });
  }

  /**
   * An unknown id costs one fetch in 30 seconds, one a second while it fails, for which all wait who come meanwhile.
   * @param {unknown} kid @param {Waiting} ctx @returns {Promise<CryptoKey | undefined>}
   */
  async key(kid, ctx) {
    const id = String(kid);
    // The first may be a fetch that was under way before the key was published.
    for (let tries = 0; tries < 2 && !this.#keys.has(id); tries += 1) await this.#load("unknown", ctx);
    return this.#keys.get(id);
  }

  /** Where there are none yet, and not again at once where that failed. @param {Waiting} ctx */
  async preload(ctx) {
    if (this.#keys.size === 0) await this.#load("preload", ctx);
  }

  /** @param {"preload" | "unknown"} reason @param {Waiting} ctx */
  async #load(reason, ctx) {
    const fetching = this.flights.join(JWKS, ctx, async () => {
      if (this.options.now() < this.#fromMs[reason]) return;
      await this.#fetch().catch(() => {}); // what KV keeps may be no keys
      this.#fromMs[reason] = this.options.now() + (this.isOutOfReach ? RETRY_AFTER_MS : REFETCH_AFTER_MS);
    });
    await fetching.catch(() => {}); // whoever waited finds no key
  }

  async #fetch() {
    const { kv, load } = this.options;
    const saved = await kv?.get(JWKS).catch(() => null);
    try {
      const fetched = JSON.stringify(await load());
      this.#keys = await importKeys(fetched);
      this.isOutOfReach = false;
      if (fetched !== saved) await kv?.put(JWKS, fetched).catch(() => {});
    } catch {
      this.isOutOfReach = true; // the last good keys stay
      if (this.#keys.size === 0 && saved) this.#keys = await importKeys(saved);
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
