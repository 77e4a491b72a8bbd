/** The cache's key: a hash of everything that the auth service's answer depends on. */

const encoder = new TextEncoder();
const KEY_VERSION = "1";
const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

/** @typedef {import("./auth.js").Question} Question */

/**
 * @param {Question} question
 * @returns {Promise<string>} 64 hexadecimal digits; the credential cannot be had back from them
 */
export async function cacheKey({ host, credential, workspace, placement }) {
  const digest = await crypto.subtle.digest(
    "SHA-256",
    lengthPrefixed([KEY_VERSION, host, credential.kind, credential.value, workspace, placement]),
  );
  let key = "";
  for (const byte of new Uint8Array(digest)) key += HEX[byte];
  return key;
}

/**
 * Without the lengths `("ab", "c")` and `("a", "bc")` would be one key, and one user's answer another one's.
 *
 * @param {readonly string[]} parts
 * @returns {Uint8Array}
 */
export function lengthPrefixed(parts) {
  const encoded = parts.map((part) => encoder.encode(part));
  const bytes = new Uint8Array(encoded.reduce((total, part) => total + 4 + part.length, 0));
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const part of encoded) {
    view.setUint32(at, part.length);
    bytes.set(part, at + 4);
    at += 4 + part.length;
  }
  return bytes;
}
