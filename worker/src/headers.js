/** What goes on to a region and what comes back from it: the internal namespace is stripped both ways. */
import { EdgeError } from "./errors.js";
import { API_KEY, REGION_CHOICE, REQUEST_ID, TIME_ZONE, WORKSPACE } from "./names.js";
/** @import { Journey } from "./types.js" */

/** What begins with the first is the fleet's own, with the second the edge's word on the client. */
const [INTERNAL_PREFIX, FORWARDED_PREFIX] = ["x-edge-", "x-forwarded-"];
// Twice what Node's HTTP server takes by default; a region takes as much by contract.
const MAX_HEADERS_BYTES = 32 * 1024;
const MAX_HEADER_COUNT = 100;

/** Hop-by-hop fields (RFC 9110, 7.6.1); `transfer-encoding` and `upgrade` are the runtime's. */
const HOP_BY_HOP = ["connection", "keep-alive", "proxy-authenticate", "proxy-connection", "te", "trailer"];
/** Who the client is, is not the client's to say. */
const NOT_THE_CLIENTS = ["forwarded", "x-real-ip", "true-client-ip", REQUEST_ID];
/** Nobody here answers 100 (Continue), which would break the upload; the password is for a proxy of the client's. */
const NOT_FORWARDED = new Set([...HOP_BY_HOP, ...NOT_THE_CLIENTS, "expect", "proxy-authorization"]);
/** Their values hold no comma, so a comma means that the header was sent several times and joined (RFC 9110, 5.3). */
const SENT_ONCE = ["authorization", API_KEY, WORKSPACE, REGION_CHOICE, TIME_ZONE];
const encoder = new TextEncoder();

/** Before anything is hashed or parsed. @param {Headers} headers @throws {EdgeError} header_too_large, duplicate_header */
export function checkHeaders(headers) {
  const fields = [...headers];
  // In bytes, as a region counts: a value's characters are UTF-8, of up to four bytes each. Names are ASCII.
  const { length } = encoder.encode(fields.map(([name, value]) => `${name}: ${value}\r\n`).join(""));
  if (length > MAX_HEADERS_BYTES || fields.length > MAX_HEADER_COUNT) throw new EdgeError("header_too_large");
  const twice = SENT_ONCE.find((name) => headers.get(name)?.includes(","));
  if (twice !== undefined) throw new EdgeError("duplicate_header", { detail: twice });
}

/** @param {Request} request @param {URL} url @param {Pick<Journey, "requestId" | "listed">} journey @returns {Headers} what may go on to a region */
export function requestHeaders(request, url, { requestId, listed }) {
  const headers = new Headers(request.headers);
  const withheld = listed ? ["cookie", ...SENT_ONCE].filter((name) => !listed.forward.includes(name)) : [];
  for (const [name, value] of request.headers) {
    const dashed = withDashes(name);
    const isAlias = dashed !== name && (SENT_ONCE.includes(dashed) || dashed === listed?.header);
    const isOurs = dashed.startsWith(INTERNAL_PREFIX) || dashed.startsWith(FORWARDED_PREFIX) || NOT_FORWARDED.has(dashed);
    if (isOurs || isAlias || withheld.includes(dashed)) headers.delete(name);
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

/** @param {Response} response a region's @param {Journey} journey @param {number} now @returns still streaming */
export function backToClient(response, { requestId, listed, startedAtMs, decidedAtMs, decision, cookie }, now) {
  const setsNone = listed !== undefined && !listed.forward.includes("cookie"); // a link signs nobody in
  // Handed over as it is, so that the runtime passes the frames on by itself.
  if (response.webSocket !== null && !setsNone) return response;
  const back = new Response(response.body, response);
  if (setsNone) back.headers.delete("set-cookie");
  for (const name of [...back.headers.keys()]) {
    if (withDashes(name).startsWith(INTERNAL_PREFIX) || HOP_BY_HOP.includes(name)) back.headers.delete(name);
  }
  back.headers.set(REQUEST_ID, requestId);
  if (cookie && decision?.workspace === null) back.headers.append("set-cookie", cookie);
  const edge = `edge;desc="${decision?.source ?? "delivered"}";dur=${decidedAtMs - startedAtMs}`;
  back.headers.append("server-timing", `${edge}, region;dur=${now - decidedAtMs}`); // the region's part lasts until its headers
  return back;
}

/**
 * As a server of CGI's kind reads it, which writes `-` as `_` (RFC 3875, 4.1.18), some every sign (lighttpd's
 * http_cgi_encode_varname): `x_edge_context` and `x.edge.context` would arrive as ours. @param {string} name
 */
function withDashes(name) {
  return /[^a-z0-9-]/.test(name) ? name.replaceAll(/[^a-z0-9]/g, "-") : name;
}
