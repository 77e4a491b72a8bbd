/**
 * Who asks, as far as the request says: at most one credential, of one kind.
 *
 * Several kinds at once are refused rather than ranked: a rank that a region did not share would let one credential
 * choose the region and another one act there.
 */

import { EdgeError } from "./errors.js";
import { API_KEY, REGION_COOKIE, SESSION_COOKIE, WORKSPACE } from "./names.js";

/** @typedef {"cookie" | "bearer" | "api-key"} CredentialKind */
/** @typedef {{kind: CredentialKind, value: string}} Credential */

const MAX_CREDENTIAL_CHARS = 4096;
const MAX_WORKSPACE_CHARS = 64;

// token68 of RFC 9110 (11.2), which holds base64, base64url, hex and JWTs; so neither a comma nor white space.
const TOKEN = /^[A-Za-z0-9._~+/-]+=*$/;
const WORKSPACE_KEY = /^[A-Za-z0-9][A-Za-z0-9_-]*$/;
const REGION_NAME = /^[a-z][a-z0-9-]{0,62}$/;

/**
 * @param {Headers} headers
 * @returns {Credential | null} null: anonymous
 * @throws {EdgeError} ambiguous_credentials, malformed_credential, header_too_large, duplicate_header
 */
export function readCredential(headers) {
  const found = [cookieCredential(headers), bearerCredential(headers), apiKeyCredential(headers)].filter((c) => c !== null);
  if (found.length > 1) throw new EdgeError("ambiguous_credentials", { detail: found.map((c) => c.kind).join("+") });
  return found[0] ?? null;
}

/** @param {Headers} headers */
function cookieCredential(headers) {
  const value = readCookie(headers, SESSION_COOKIE);
  return value === null || value === "" ? null : credential("cookie", value);
}

/** @param {Headers} headers */
function bearerCredential(headers) {
  const value = headers.get("authorization");
  if (value === null) return null;
  const [, token] = /^bearer +(.*)$/i.exec(value) ?? [];
  if (token === undefined) throw new EdgeError("malformed_credential", { detail: "authorization is not a bearer token" });
  return credential("bearer", token);
}

/** @param {Headers} headers */
function apiKeyCredential(headers) {
  const value = headers.get(API_KEY);
  return value === null ? null : credential("api-key", value);
}

/**
 * @param {CredentialKind} kind
 * @param {string} value
 * @returns {Credential}
 */
function credential(kind, value) {
  if (value.length > MAX_CREDENTIAL_CHARS) throw new EdgeError("header_too_large", { detail: kind });
  if (!TOKEN.test(value)) throw new EdgeError("malformed_credential", { detail: kind });
  return { kind, value };
}

/**
 * @param {Headers} headers
 * @param {string} name
 * @returns {string | null}
 * @throws {EdgeError} duplicate_header where the cookie is there twice: which one counts would be a guess
 */
export function readCookie(headers, name) {
  const all = headers.get("cookie");
  if (all === null || !all.includes(name)) return null;
  let value = null;
  // A comma separates too: that is how several Cookie headers of HTTP/1.1 are joined.
  for (const pair of all.split(/[;,]/)) {
    const at = pair.indexOf("=");
    if (at === -1 || pair.slice(0, at).trim() !== name) continue;
    if (value !== null) throw new EdgeError("duplicate_header", { detail: name });
    value = pair.slice(at + 1).trim();
  }
  return value;
}

/**
 * The workspace that the request is about: a credential may open several, in different regions.
 *
 * @param {Headers} headers
 * @param {URL} url the header wins over `?workspace=`, which is there for WebSockets: browsers set no headers on those
 * @returns {string} "" where the request names none
 * @throws {EdgeError} malformed_hint
 */
export function readWorkspace(headers, url) {
  const hint = headers.get(WORKSPACE) ?? url.searchParams.get("workspace") ?? "";
  if (hint !== "" && (hint.length > MAX_WORKSPACE_CHARS || !WORKSPACE_KEY.test(hint))) throw new EdgeError("malformed_hint");
  return hint;
}

/**
 * @param {Headers} headers
 * @returns {string | null} where the client says it was served before; a hint for when nobody else can say
 */
export function readRegionHint(headers) {
  const hint = readCookie(headers, REGION_COOKIE);
  return hint !== null && REGION_NAME.test(hint) ? hint : null;
}
