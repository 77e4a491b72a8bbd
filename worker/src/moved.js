/** The auth service's signed statement that a workspace lives elsewhere, relayed by the region that it left. */
import { decodeJwt } from "./jwt.js";
/** @import { Moved, Waiting } from "./types.js" */

/**
 * It has no expiry: a region keeps it as long as its tombstone, and the version makes a replay harmless.
 * @param {string | null} token @param {import("./jwks.js").Jwks} jwks @param {Waiting} ctx
 * @returns {Promise<Moved | null>} null: not to be believed
 */
export async function verifyMoved(token, jwks, ctx) {
  const jwt = token === null ? null : decodeJwt(token);
  // The type keeps a user's context from being passed off as a move (RFC 8725, 3.11).
  if (jwt === null || jwt.header.alg !== "EdDSA" || jwt.header.typ !== "moved+jwt") return null;
  const key = await jwks.key(jwt.header.kid, ctx);
  if (!key || !(await crypto.subtle.verify({ name: "Ed25519" }, key, jwt.signature, jwt.signed))) return null;
  const { sub: workspace, to, version } = jwt.claims;
  if (typeof workspace !== "string" || typeof to !== "string" || !Number.isSafeInteger(version)) return null;
  return { workspace, to, version: Number(version) };
}
