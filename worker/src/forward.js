/** One request to one region, and what its failures mean to the client. */

import { EdgeError } from "./errors.js";
import { stripInternal } from "./headers.js";
import { CONTEXT, CONTEXT_STATE, HOP, PLACEMENT, REGION, REQUEST_ID } from "./names.js";

/** @typedef {import("./regions.js").Region} Region */
/** @typedef {import("./resolver.js").Decision} Decision */

/**
 * What Cloudflare answers in an origin's place (developers.cloudflare.com/support/troubleshooting/http-status-codes).
 *
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

/**
 * @param {object} options
 * @param {Request} options.request its method, query and body go on untouched
 * @param {Headers} options.headers already cleaned; the context is added here
 * @param {Region} options.region
 * @param {Decision} options.decision
 * @param {string} options.placement why an unplaced request goes to this region
 * @param {number} options.hop 1, or 2 after a `moved`
 * @param {typeof fetch} options.fetch
 * @returns {Promise<Response>} the region's own, of any status
 * @throws {EdgeError} region_down, region_broken, region_timeout; never tried again from here
 */
export async function forward({ request, headers, region, decision, placement, hop, fetch }) {
  headers.set(REGION, region.name);
  headers.set(CONTEXT_STATE, decision.state);
  headers.set(PLACEMENT, placement);
  headers.set(HOP, String(hop));
  if (decision.context === null) headers.delete(CONTEXT);
  else headers.set(CONTEXT, decision.context);
  const response = await send(new Request(region.origin + pathOf(request.url), request), headers, fetch);
  const failure = ORIGIN_FAILURES.get(response.status);
  if (failure !== undefined) throw new EdgeError(failure, { detail: `status ${response.status}` });
  return response;
}

/**
 * @param {Request} request
 * @param {Headers} headers
 * @param {typeof fetch} fetch
 */
async function send(request, headers, fetch) {
  try {
    return await fetch(request, { headers, redirect: "manual" });
  } catch (error) {
    throw connectionError(error);
  }
}

/** @param {unknown} error */
function connectionError(error) {
  const text = error instanceof Error ? error.message : String(error);
  if (/refused|unreachable|resolve|DNS/i.test(text)) return new EdgeError("region_down", { cause: error, detail: "connect" });
  if (/time/i.test(text)) return new EdgeError("region_timeout", { cause: error, detail: "timeout" });
  return new EdgeError("region_broken", { cause: error, detail: "connection" });
}

/**
 * By text, not by a parsed URL: neither `//other.example/`, `/\other` nor `/..//` can change the host that way.
 *
 * @param {string} url
 */
function pathOf(url) {
  const path = url.indexOf("/", url.indexOf("://") + 3);
  return path === -1 ? "/" : url.slice(path);
}

/**
 * @param {Response} response a region's
 * @param {{requestId: string, timing: string}} options
 * @returns {Response} the same status and body, still streaming
 */
export function backToClient(response, { requestId, timing }) {
  // The upgraded connection is handed over as it is: the runtime then pumps the frames without this isolate.
  if (response.webSocket !== null) return response;
  const back = new Response(response.body, response);
  stripInternal(back.headers);
  back.headers.set(REQUEST_ID, requestId);
  back.headers.append("server-timing", timing);
  return back;
}
