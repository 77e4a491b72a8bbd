/** The auth service's tokens: compact JWTs (RFC 7519) as far as the Worker reads them, and the keys that sign them. */
/** @import { Flights, Moved, Waiting } from "./types.js" */

const REFETCH_AFTER_MS = 30_000;
// Where a fetch failed: one lost call right after a rotation must not refuse every move for half a minute.
const RETRY_AFTER_MS = 1_000;

const BASE64URL = /** @type {const} */ ({ alphabet: "base64url" });
const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Loaded with the first answer and kept in KV, for when auth is down later; the last good set outlives every failure. */
export class Jwks {
  /** @type {Map<unknown, CryptoKey>} */
  #keys = new Map();
  #nextFetchAtMs = 0;
  /** Whether the last fetch failed, or there was none: an unknown id says nothing against who names it. */
  isOutOfReach = true;

  /** @param {{load: () => Promise<unknown>, kv: KVNamespace | undefined, now: () => number, flights: Flights<void>}} options */
  constructor(options) {
    this.options = options;
  }

  /**
   * An unknown id costs one fetch in 30 seconds, one a second while it fails, for which all wait who come meanwhile.
   * @param {unknown} kid @param {Waiting} ctx @returns {Promise<CryptoKey | undefined>}
   */
  async key(kid, ctx) {
    // The first may be a fetch that was under way before the key was published.
    for (let tries = 0; tries < 2 && !this.#keys.has(kid); tries += 1) await this.#load(ctx, REFETCH_AFTER_MS);
    return this.#keys.get(kid);
  }

  /** Where the last fetch failed, or there was none. An unknown id need not wait after it. @param {Waiting} ctx */
  async preload(ctx) {
    if (this.isOutOfReach) await this.#load(ctx, 0);
  }

  /** @param {Waiting} ctx @param {number} pauseMs until the next fetch, where this one succeeds */
  async #load(ctx, pauseMs) {
    const { flights, kv, load, now } = this.options;
    const fetching = flights("jwks", ctx, async () => {
      if (now() < this.#nextFetchAtMs) return;
      const saved = await kv?.get("jwks").catch(() => null);
      try {
        const fetched = JSON.stringify(await load());
        this.#keys = await importKeys(fetched);
        this.isOutOfReach = false;
        if (fetched !== saved) await kv?.put("jwks", fetched).catch(() => {});
      } catch {
        this.isOutOfReach = true; // the last good keys stay
        if (this.#keys.size === 0 && saved) this.#keys = await importKeys(saved).catch(() => new Map());
      }
      this.#nextFetchAtMs = now() + (this.isOutOfReach ? RETRY_AFTER_MS : pauseMs);
    });
    await fetching.catch(() => {}); // whoever waited finds no key
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

/**
 * The signed statement that a workspace lives elsewhere. It has no expiry: the version makes a replay harmless.
 * @param {string | null} token @param {Jwks} jwks @param {Waiting} ctx @returns {Promise<Moved | null>} null: not to be believed
 */
export async function verifyMoved(token, jwks, ctx) {
  const jwt = decodeJwt(token ?? "");
  // The type keeps a user's context from being passed off as a move (RFC 8725, 3.11).
  if (jwt === null || jwt.header.alg !== "EdDSA" || jwt.header.typ !== "moved+jwt") return null;
  const key = await jwks.key(jwt.header.kid, ctx);
  if (!key || !(await crypto.subtle.verify({ name: "Ed25519" }, key, jwt.signature, jwt.signed))) return null;
  const { sub: workspace, to, version } = jwt.claims;
  if (typeof workspace !== "string" || typeof to !== "string" || !Number.isSafeInteger(version)) return null;
  return { workspace, to, version: Number(version) };
}

/** @param {string} token @returns its parts, or null where it is no JWT; the signature is not checked here */
export function decodeJwt(token) {
  const [header = "", claims = "", signature = "", ...rest] = token.split(".");
  if (rest.length > 0) return null;
  try {
    const signed = encoder.encode(`${header}.${claims}`);
    return { header: jsonObject(header), claims: jsonObject(claims), signed, signature: Uint8Array.fromBase64(signature, BASE64URL) };
  } catch {
    return null;
  }
}

/** @param {string} part @returns {Record<string, unknown>} */
const jsonObject = (part) => Object(JSON.parse(decoder.decode(Uint8Array.fromBase64(part, BASE64URL))));
