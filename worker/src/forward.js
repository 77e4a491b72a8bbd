/** One request to one region, and what its failures mean to the client. */
import { EdgeError } from "./errors.js";
import { requestHeaders } from "./headers.js";
/** @import { Hop, RefusalCode } from "./types.js" */

/**
 * What Cloudflare answers in an origin's place (developers.cloudflare.com/support/troubleshooting/http-status-codes).
 * @type {Record<number, RefusalCode>}
 */
const IN_ITS_PLACE = {
  520: "region_broken", 521: "region_down", 522: "region_down", 523: "region_down", 524: "region_timeout",
  525: "region_down", 526: "region_down", 530: "region_down",
};
// Cloudflare's cache knows no users: without this it keeps `/logo.png` of one for the next. Negative: do not cache
// (developers.cloudflare.com/workers/runtime-apis/request, cacheTtlByStatus).
const NOT_CACHED = { cacheTtlByStatus: { "100-599": -1 } };

/**
 * Method, query and body go on untouched; the headers are cleaned, and get the internal ones here.
 * @param {Hop} hop @param {typeof fetch} fetch @returns {Promise<Response>} the region's own, of any status
 * @throws {EdgeError} region_down, region_broken, region_timeout; nothing is sent twice from here
 */
export async function forward({ request, url, region, decision, placement, journey }, fetch) {
  const headers = requestHeaders(request, url, journey);
  headers.set("x-edge-region", region.name);
  headers.set("x-edge-context-state", decision.state);
  headers.set("x-edge-placement", placement);
  headers.set("x-edge-hop", String(journey.hops));
  if (decision.context !== null) headers.set("x-edge-context", decision.context);
  // By text: nothing in a path, neither `//host` nor `/\host`, can name another host that way.
  const outbound = new Request(region.origin + url.href.slice(url.origin.length), request);
  const response = await fetch(outbound, { headers, redirect: "manual", cf: NOT_CACHED }).catch((error) => {
    // The runtime says the same of a refused connection and of one that broke.
    if (/connection (lost|refused|reset)/i.test(error.message)) throw new EdgeError("region_down", { cause: error });
    throw new EdgeError(/time|abort/i.test(error.message) ? "region_timeout" : "region_broken", { cause: error });
  });
  // An informational answer, which the runtime takes for the final one, or no status at all: neither can be passed on.
  const isFinal = response.webSocket !== null || (response.status >= 200 && response.status <= 599);
  const code = isFinal ? IN_ITS_PLACE[response.status] : "region_broken";
  if (code !== undefined) throw new EdgeError(code, { detail: `status ${response.status}` });
  return response;
}
