/**
 * Who asks, as far as the request says. Several kinds of credentials are refused rather than ranked: by a rank that a
 * region did not share, one credential would choose the region and another one act there.
 */
import { EdgeError } from "./errors.js";
import { API_KEY, REGION_COOKIE, SESSION_COOKIE, WORKSPACE } from "./names.js";
/** @import { Credential } from "./types.js" */

const MAX_CREDENTIAL_CHARS = 4096;
// token68 of RFC 9110 (11.2), which holds base64, base64url, hexadecimal and JWTs: no comma, no white space.
const TOKEN = /^[A-Za-z0-9._~+/-]+=*$/;
const CREDENTIAL_KINDS = /** @type {const} */ (["cookie", "bearer", "api-key"]);
const BEARER = /^bearer +(.*)$/i;
const WORKSPACE_KEY = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;
const REGION_NAME = /^[a-z][a-z0-9-]{0,62}$/;

/**
 * @param {Headers} headers @returns {Credential | null} null: anonymous
 * @throws {EdgeError} ambiguous_credentials, malformed_credential, header_too_large, duplicate_header
 */
export function readCredential(headers) {
  const [session, ...more] = cookieValues(headers, SESSION_COOKIE);
  if (more.length > 0) throw new EdgeError("duplicate_header", { detail: SESSION_COOKIE }); // which counts would be a guess
  const authorization = headers.get("authorization");
  const sent = {
    cookie: session || null, // null also where it is empty, as a sign-out may leave it
    "api-key": headers.get(API_KEY),
    bearer: authorization && (BEARER.exec(authorization)?.[1] ?? ""),
  };
  const [first, ...others] = CREDENTIAL_KINDS.filter((kind) => sent[kind] !== null);
  if (others.length > 0) throw new EdgeError("ambiguous_credentials");
  if (first === undefined) return null;
  const value = String(sent[first]);
  if (value.length > MAX_CREDENTIAL_CHARS) throw new EdgeError("header_too_large", { detail: first });
  if (!TOKEN.test(value)) throw new EdgeError("malformed_credential", { detail: first });
  return { kind: first, value };
}

/** A cookie that only advises: none where it is there twice, so that a planted one locks nobody out. @param {Headers} headers @param {string} name */
export function readHintCookie(headers, name) {
  const [value = null, ...more] = cookieValues(headers, name);
  return more.length === 0 ? value : null;
}

/**
 * The values of one cookie. Only `;` separates, and only SP and HTAB around a name or value are no part of it (RFC 6265,
 * 4.2.1 and 5.2): `theme=dark,__Host-session=x` is a theme. @param {Headers} headers @param {string} name
 */
export function cookieValues(headers, name) {
  const all = headers.get("cookie");
  if (all === null || !all.includes(name)) return [];
  // In linear time: what is greedy gives back at most once.
  const pair = new RegExp(`^[ \\t]*${name}[ \\t]*=[ \\t]*(.*[^ \\t]|)[ \\t]*$`, "s");
  return all.split(";").flatMap((text) => pair.exec(text)?.[1] ?? []);
}

/** @param {URL} url @param {string} name @throws {EdgeError} duplicate_header: a region might take the other one */
export function readParameter(url, name) {
  if (url.search === "") return null;
  const [value = null, ...more] = url.searchParams.getAll(name);
  if (more.length > 0) throw new EdgeError("duplicate_header", { detail: `?${name}=` });
  return value;
}

/**
 * The workspace that the request is about: one credential may open several. `?workspace=` is there for WebSockets, on which
 * browsers set no headers. @param {Headers} headers @param {URL} url @returns {string} "" where none is named
 */
export function readWorkspace(headers, url) {
  const parameter = readParameter(url, "workspace");
  const hint = headers.get(WORKSPACE) ?? parameter ?? "";
  if (hint !== "" && !WORKSPACE_KEY.test(hint)) throw new EdgeError("malformed_hint");
  return hint;
}

/** Where the client says it was served before: for when nobody else can say. @param {Headers} headers */
export function readRegionHint(headers) {
  const hint = readHintCookie(headers, REGION_COOKIE);
  return hint !== null && REGION_NAME.test(hint) ? hint : null;
}
