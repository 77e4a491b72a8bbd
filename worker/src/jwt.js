/** Compact JWTs (RFC 7519), as far as the Worker reads them. */

/**
 * @typedef {object} Jwt
 * @property {Record<string, unknown>} header
 * @property {Record<string, unknown>} claims
 * @property {Uint8Array} signed the bytes that the signature is over
 * @property {Uint8Array} signature
 */

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * @param {string} token
 * @returns {Jwt | null} null where it is none; the signature is not checked here
 */
export function decodeJwt(token) {
  const [header, claims, signature, ...rest] = token.split(".");
  if (header === undefined || claims === undefined || signature === undefined || rest.length > 0) return null;
  try {
    return {
      header: jsonObject(header),
      claims: jsonObject(claims),
      signed: encoder.encode(`${header}.${claims}`),
      signature: base64url(signature),
    };
  } catch {
    return null;
  }
}

/** @param {string} part */
function jsonObject(part) {
  const value = JSON.parse(decoder.decode(base64url(part)));
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new SyntaxError("not an object");
  return value;
}

/** @param {string} text */
function base64url(text) {
  if (!/^[A-Za-z0-9_-]*$/.test(text)) throw new SyntaxError("not base64url");
  const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(binary, (char) => char.charCodeAt(0));
}
