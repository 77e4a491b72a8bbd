/** Compact JWTs (RFC 7519), as far as the Worker reads them. */

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** @param {string} token @returns its parts, or null where it is no JWT; the signature is not checked here */
export function decodeJwt(token) {
  const [header = "", claims = "", signature = "", ...rest] = token.split(".");
  if (rest.length > 0) return null;
  try {
    const signed = encoder.encode(`${header}.${claims}`);
    return { header: jsonObject(header), claims: jsonObject(claims), signed, signature: base64url(signature) };
  } catch {
    return null;
  }
}

/** @param {string} part @returns {Record<string, unknown>} */
function jsonObject(part) {
  const value = JSON.parse(decoder.decode(base64url(part)));
  if (typeof value !== "object" || value === null) throw new SyntaxError("not an object");
  return value;
}

/** @param {string} text */
function base64url(text) {
  if (!/^[A-Za-z0-9_-]*$/.test(text)) throw new SyntaxError("not base64url");
  return Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (char) => char.charCodeAt(0));
}
