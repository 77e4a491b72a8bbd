/** The cache's key: a hash of everything that the auth service's answer depends on. */
/** @import { Question } from "./types.js" */

const encoder = new TextEncoder();
const KEY_VERSION = "1";

/** @param {Question} question @returns {Promise<string>} 64 hexadecimal digits, from which nothing can be had back */
export async function cacheKey({ host, credential, workspace, wanted }) {
  const parts = [KEY_VERSION, host, credential.kind, credential.value, workspace, wanted];
  return new Uint8Array(await crypto.subtle.digest("SHA-256", lengthPrefixed(parts))).toHex();
}

/** `2:ab1:c`: without the lengths `("ab", "c")` and `("a", "bc")` would be one. @param {readonly string[]} parts */
export function lengthPrefixed(parts) {
  return encoder.encode(parts.map((part) => `${part.length}:${part}`).join(""));
}
