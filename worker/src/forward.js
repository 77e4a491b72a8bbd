/** One request to one region, and what its failures mean to the client. */
import { EdgeError } from "./errors.js";
import { stripResponse } from "./headers.js";
import { CONTEXT, CONTEXT_STATE, HOP, PLACEMENT, REGION, REQUEST_ID } from "./names.js";
/** @import { Hop } from "./types.js" */

// What Cloudflare answers in an origin's place (developers.cloudflare.com/support/troubleshooting/http-status-codes).
const ORIGIN_DOWN = new Set([521, 522, 523, 525, 526, 530]);
const ORIGIN_TIMEOUT = 524;
const ORIGIN_BROKEN = 520;
// Cloudflare's cache knows no users: without this it keeps `/logo.png` of one for the next. Negative: do not cache
// (developers.cloudflare.com/workers/runtime-apis/request, cacheTtlByStatus).
const NOT_CACHED = { cacheTtlByStatus: { "100-599": -1 } };

/**
 * Method, query and body go on untouched; `headers` are clean already, and get the internal ones here.
 * @param {Hop} hop @param {typeof fetch} fetch @returns {Promise<Response>} the region's own, of any status
 * @throws {EdgeError} region_down, region_broken, region_timeout; nothing is sent twice from here
 */
export async function forward({ request, headers, region, decision, placement, number }, fetch) {
  headers.set(REGION, region.name);
  headers.set(CONTEXT_STATE, decision.state);
  headers.set(PLACEMENT, placement);
  headers.set(HOP, String(number));
  if (decision.context === null) headers.delete(CONTEXT);
  else headers.set(CONTEXT, decision.context);
  const outbound = new Request(region.origin + pathOf(request.url), request);
  const response = await fetch(outbound, { headers, redirect: "manual", cf: NOT_CACHED }).catch((error) => {
    throw connectionError(error);
  });
  const detail = `status ${response.status}`;
  // An informational answer, which the runtime takes for the final one, or no status at all: neither can be passed on.
  const isFinal = response.webSocket !== null || (response.status >= 200 && response.status <= 599);
  if (!isFinal) throw new EdgeError("region_broken", { detail });
  if (ORIGIN_DOWN.has(response.status)) throw new EdgeError("region_down", { detail });
  if (response.status === ORIGIN_TIMEOUT) throw new EdgeError("region_timeout", { detail });
  if (response.status === ORIGIN_BROKEN) throw new EdgeError("region_broken", { detail });
  return response;
}

/** The runtime says the same of a refused connection and of one that broke. @param {unknown} error */
function connectionError(error) {
  const text = error instanceof Error ? error.message : String(error);
  if (/connection (lost|refused|reset)/i.test(text)) return new EdgeError("region_down", { cause: error });
  return new EdgeError(/time|abort/i.test(text) ? "region_timeout" : "region_broken", { cause: error });
}

/** By text: nothing in a path, neither `//host` nor `/\host`, can name another host that way. @param {string} url */
function pathOf(url) {
  return url.slice(url.indexOf("/", url.indexOf("://") + 3));
}

/** @param {Response} response a region's @param {string} requestId @param {string} timing @returns still streaming */
export function backToClient(response, requestId, timing) {
  // Handed over as it is, so that the runtime passes the frames on by itself.
  if (response.webSocket !== null) return response;
  const back = new Response(response.body, response);
  stripResponse(back.headers);
  back.headers.set(REQUEST_ID, requestId);
  back.headers.append("server-timing", timing);
  return back;
}
