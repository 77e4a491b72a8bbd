/** One request to one region, and what its failures mean to the client. */

import { EdgeError } from "./errors.js";
import { stripResponse } from "./headers.js";
import { CONTEXT, CONTEXT_STATE, HOP, PLACEMENT, REGION, REQUEST_ID } from "./names.js";

/** @import { Decision, Region } from "./types.js" */

/**
 * What Cloudflare answers in an origin's place (developers.cloudflare.com/support/troubleshooting/http-status-codes).
 * @type {ReadonlyMap<number, import("./errors.js").RefusalCode>}
 */
const ORIGIN_FAILURES = new Map([
  [520, "region_broken"],
  [521, "region_down"],
  [522, "region_down"],
  [523, "region_down"],
  [524, "region_timeout"],
  [525, "region_down"],
  [526, "region_down"],
  [530, "region_down"],
]);

// Cloudflare's cache knows no users: without this it keeps `/logo.png` of one for the next. Negative: do not cache
// (developers.cloudflare.com/workers/runtime-apis/request, cacheTtlByStatus).
const NOT_CACHED = { cacheTtlByStatus: { "100-599": -1 } };

/**
 * @param {object} options
 * @param {Request} options.request its method, query and body go on untouched
 * @param {Headers} options.headers already cleaned; the internal ones are added here
 * @param {Region} options.region
 * @param {Decision} options.decision
 * @param {string} options.placement why an unplaced request goes to this region
 * @param {number} options.hop 1, or 2 after a `moved`
 * @param {typeof fetch} options.fetch
 * @returns {Promise<Response>} the region's own, of any status
 * @throws {EdgeError} region_down, region_broken, region_timeout; nothing is sent twice from here
 */
export async function forward({ request, headers, region, decision, placement, hop, fetch }) {
  headers.set(REGION, region.name);
  headers.set(CONTEXT_STATE, decision.state);
  headers.set(PLACEMENT, placement);
  headers.set(HOP, String(hop));
  if (decision.context === null) headers.delete(CONTEXT);
  else headers.set(CONTEXT, decision.context);
  const outbound = new Request(region.origin + pathOf(request.url), request);
  const response = await fetch(outbound, { headers, redirect: "manual", cf: NOT_CACHED }).catch((error) => {
    throw connectionError(error);
  });
  const failure = ORIGIN_FAILURES.get(response.status);
  if (failure !== undefined) throw new EdgeError(failure, { detail: `status ${response.status}` });
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
