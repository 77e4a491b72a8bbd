/** What goes on to a region and what comes back from it: the internal namespace is stripped both ways. */

import { EdgeError } from "./errors.js";
import { API_KEY, INTERNAL_PREFIX, REGION_CHOICE, REQUEST_ID, TIME_ZONE, WORKSPACE } from "./names.js";

// Node's and many other servers' limit is 16 KiB for all headers; a region takes twice as much by contract.
const MAX_HEADERS_CHARS = 32 * 1024;
const MAX_HEADER_COUNT = 100;

/** Neither belongs to the client's say: hop-by-hop fields (RFC 9110, 7.6.1), and what says who the client is. */
const NOT_FORWARDED = new Set([
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  // The runtime answers no 100-continue and a region that waits for it would break the upload.
  "expect",
  "forwarded",
  "x-forwarded-for",
  "x-forwarded-host",
  "x-forwarded-port",
  "x-forwarded-proto",
  "x-forwarded-server",
  "x-real-ip",
  "true-client-ip",
  REQUEST_ID,
]);

/** Values of these hold no comma, so a comma means that the header was sent several times and joined (RFC 9110, 5.3). */
const SENT_ONCE = ["authorization", API_KEY, WORKSPACE, REGION_CHOICE, TIME_ZONE, "host", "content-length"];

/**
 * Refuses what is too large or sent twice, before anything is hashed or parsed.
 *
 * @param {Headers} headers
 * @throws {EdgeError} header_too_large, duplicate_header
 */
export function checkHeaders(headers) {
  let chars = 0;
  let count = 0;
  for (const [name, value] of headers) {
    chars += name.length + value.length + 4;
    count += 1;
  }
  if (chars > MAX_HEADERS_CHARS || count > MAX_HEADER_COUNT) throw new EdgeError("header_too_large");
  for (const name of SENT_ONCE) {
    if (headers.get(name)?.includes(",")) throw new EdgeError("duplicate_header", { detail: name });
  }
}

/** @param {string} name lower case */
function isInternal(name) {
  // CGI and WSGI servers read `_` and `-` as the same (RFC 3875, 4.1.18), so x_edge_context would arrive as ours.
  return name.replaceAll("_", "-").startsWith(INTERNAL_PREFIX);
}

/**
 * @param {Request} request
 * @param {URL} url of the request
 * @param {string} requestId
 * @returns {Headers} the client's headers without any that it may not set, and who the client is
 */
export function requestHeaders(request, url, requestId) {
  const headers = new Headers(request.headers);
  for (const name of request.headers.keys()) {
    const dashed = name.replaceAll("_", "-");
    if (dashed.startsWith(INTERNAL_PREFIX) || NOT_FORWARDED.has(dashed)) headers.delete(name);
  }
  const client = request.headers.get("cf-connecting-ip");
  if (client) headers.set("x-forwarded-for", client);
  headers.set("x-forwarded-host", url.host);
  headers.set("x-forwarded-proto", url.protocol.slice(0, -1));
  headers.set(REQUEST_ID, requestId);
  return headers;
}

/** @param {Headers} headers */
export function stripInternal(headers) {
  for (const name of [...headers.keys()]) {
    if (isInternal(name)) headers.delete(name);
  }
}
