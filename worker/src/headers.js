/** What goes on to a region and what comes back from it: the internal namespace is stripped both ways. */
import { EdgeError } from "./errors.js";
import { API_KEY, INTERNAL_PREFIX, REGION_CHOICE, REQUEST_ID, TIME_ZONE, WORKSPACE } from "./names.js";

// Twice what Node's HTTP server takes by default; a region takes as much by contract.
const MAX_HEADERS_BYTES = 32 * 1024;
const MAX_HEADER_COUNT = 100;

/** Hop-by-hop fields (RFC 9110, 7.6.1); `transfer-encoding` and `upgrade` are the runtime's. */
const HOP_BY_HOP = ["connection", "keep-alive", "proxy-authenticate", "proxy-connection", "te", "trailer"];
/** Nobody here answers 100 (Continue), which would break the upload; the password is for a proxy of the client's. */
const FOR_THIS_HOP = ["expect", "proxy-authorization"];
const FORWARDED = ["for", "host", "port", "proto", "server"].map((name) => `x-forwarded-${name}`);
/** Who the client is, is not the client's to say. */
const NOT_THE_CLIENTS = ["forwarded", ...FORWARDED, "x-real-ip", "true-client-ip", REQUEST_ID];
const NOT_FORWARDED = new Set([...HOP_BY_HOP, ...FOR_THIS_HOP, ...NOT_THE_CLIENTS]);
/** Their values hold no comma, so a comma means that the header was sent several times and joined (RFC 9110, 5.3). */
const SENT_ONCE = ["authorization", API_KEY, WORKSPACE, REGION_CHOICE, TIME_ZONE];
const encoder = new TextEncoder();

/** Before anything is hashed or parsed. @param {Headers} headers @throws {EdgeError} header_too_large, duplicate_header */
export function checkHeaders(headers) {
  let bytes = 0;
  let count = 0;
  for (const [name, value] of headers) {
    // In bytes, as a region counts: a value's characters are UTF-8, of up to four bytes each. Names are ASCII.
    bytes += name.length + encoder.encode(value).length + ": \r\n".length;
    count += 1;
  }
  if (bytes > MAX_HEADERS_BYTES || count > MAX_HEADER_COUNT) throw new EdgeError("header_too_large");
  const twice = SENT_ONCE.find((name) => headers.get(name)?.includes(","));
  if (twice !== undefined) throw new EdgeError("duplicate_header", { detail: twice });
}

/** @param {Request} request @param {URL} url @param {string} requestId @returns {Headers} what may go on to a region */
export function requestHeaders(request, url, requestId) {
  const headers = new Headers(request.headers);
  for (const [name, value] of request.headers) {
    const dashed = withDashes(name);
    const isAlias = dashed !== name && SENT_ONCE.includes(dashed);
    if (isAlias || dashed.startsWith(INTERNAL_PREFIX) || NOT_FORWARDED.has(dashed)) headers.delete(name);
    // One field a name, as it was counted above: a region with a limit of its own would drop ours, which come last.
    else if (value.includes(", ")) headers.set(name, value);
  }
  const client = request.headers.get("cf-connecting-ip");
  if (client) headers.set("x-forwarded-for", client);
  headers.set("x-forwarded-host", url.host);
  headers.set("x-forwarded-proto", url.protocol.slice(0, -1));
  headers.set(REQUEST_ID, requestId);
  return headers;
}

/** @param {Headers} headers a region's, to be changed in place */
export function stripResponse(headers) {
  for (const name of [...headers.keys()]) {
    if (withDashes(name).startsWith(INTERNAL_PREFIX) || HOP_BY_HOP.includes(name)) headers.delete(name);
  }
}

/**
 * As a server of CGI's kind reads it, which writes `-` as `_` (RFC 3875, 4.1.18), some every sign (lighttpd's
 * http_cgi_encode_varname): `x_edge_context` and `x.edge.context` would arrive as ours. @param {string} name
 */
function withDashes(name) {
  return /[^a-z0-9-]/.test(name) ? name.replaceAll(/[^a-z0-9]/g, "-") : name;
}
