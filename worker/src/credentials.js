/**
 * Who asks, as far as the request says. Several kinds of credentials are refused rather than ranked: by a rank that a
 * region did not share, one credential would choose the region and another one act there.
 */
import { EdgeError } from "./errors.js";
import { API_KEY, REGION_COOKIE, SESSION_COOKIE, WORKSPACE } from "./names.js";
/** @import { Credential, CredentialKind } from "./types.js" */

const MAX_CREDENTIAL_CHARS = 4096;
// token68 of RFC 9110 (11.2), which holds base64, base64url, hexadecimal and JWTs: no comma, no white space.
const TOKEN = /^[A-Za-z0-9._~+/-]+=*$/;
const BEARER = /^bearer +(.*)$/i;
const WORKSPACE_KEY = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;
const REGION_NAME = /^[a-z][a-z0-9-]{0,62}$/;

/**
 * @param {Headers} headers @returns {Credential | null} null: anonymous
 * @throws {EdgeError} ambiguous_credentials, malformed_credential, header_too_large, duplicate_header
 */
export function readCredential(headers) {
  const [session, authorization] = [readCookie(headers, SESSION_COOKIE), headers.get("authorization")];
  const apiKey = headers.get(API_KEY);
  if ([session, authorization, apiKey].filter((value) => value !== null).length > 1) {
    throw new EdgeError("ambiguous_credentials");
  }
  if (session !== null) return credential("cookie", session);
  if (apiKey !== null) return credential("api-key", apiKey);
  return authorization === null ? null : credential("bearer", BEARER.exec(authorization)?.[1] ?? "");
}

/** @param {CredentialKind} kind @param {string} value @returns {Credential} */
function credential(kind, value) {
  if (value.length > MAX_CREDENTIAL_CHARS) throw new EdgeError("header_too_large", { detail: kind });
  if (!TOKEN.test(value)) throw new EdgeError("malformed_credential", { detail: kind });
  return { kind, value };
}

/**
 * @param {Headers} headers @param {string} name @returns {string | null} null also where it is empty
 * @throws {EdgeError} duplicate_header where it is there twice: which one counts would be a guess
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
  return value || null;
}

/**
 * The workspace that the request is about: one credential may open several, in different regions. The header wins over
 * `?workspace=`, which is there for WebSockets, on which browsers set no headers.
 * @param {Headers} headers @param {URL} url @returns {string} "" where none is named
 */
export function readWorkspace(headers, url) {
  const hint = headers.get(WORKSPACE) ?? url.searchParams.get("workspace") ?? "";
  if (hint !== "" && !WORKSPACE_KEY.test(hint)) throw new EdgeError("malformed_hint");
  return hint;
}

/** Where the client says it was served before: for when nobody else can say. @param {Headers} headers */
export function readRegionHint(headers) {
  const hint = readCookie(headers, REGION_COOKIE);
  return hint !== null && REGION_NAME.test(hint) ? hint : null;
}
