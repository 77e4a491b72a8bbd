/** The cache's key: a hash of everything that the auth service's answer depends on. */
/** @import { Question } from "./types.js" */

const encoder = new TextEncoder();
const KEY_VERSION = "1";

/** @param {Question} question @returns {Promise<string>} 64 hexadecimal digits, from which nothing can be had back */
export async function cacheKey({ host, credential, workspace, placement }) {
  const parts = [KEY_VERSION, host, credential.kind, credential.value, workspace, placement];
  const digest = await crypto.subtle.digest("SHA-256", lengthPrefixed(parts));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Without the lengths `("ab", "c")` and `("a", "bc")` would be one key. @param {readonly string[]} parts */
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
