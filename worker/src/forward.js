/** One request to one region, and what its failures mean to the client. */
import { EdgeError } from "./errors.js";
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
 * Method, query and body go on untouched; `headers` are clean already, and get the internal ones here.
 * @param {Hop} hop @param {typeof fetch} fetch @returns {Promise<Response>} the region's own, of any status
 * @throws {EdgeError} region_down, region_broken, region_timeout; nothing is sent twice from here
 */
export async function forward({ request, url, headers, region, decision, placement, number }, fetch) {
  headers.set("x-edge-region", region.name);
  headers.set("x-edge-context-state", decision.state);
  headers.set("x-edge-placement", placement);
  headers.set("x-edge-hop", String(number));
  if (decision.context === null) headers.delete("x-edge-context");
  else headers.set("x-edge-context", decision.context);
  // By text: nothing in a path, neither `//host` nor `/\host`, can name another host that way.
  const outbound = new Request(region.origin + url.href.slice(url.origin.length), request);
  const response = await fetch(outbound, { headers, redirect: "manual", cf: NOT_CACHED }).catch((error) => {
    throw connectionError(error);
  });
  // An informational answer, which the runtime takes for the final one, or no status at all: neither can be passed on.
  const isFinal = response.webSocket !== null || (response.status >= 200 && response.status <= 599);
  const code = isFinal ? IN_ITS_PLACE[response.status] : "region_broken";
  if (code !== undefined) throw new EdgeError(code, { detail: `status ${response.status}` });
  return response;
}

/** The runtime says the same of a refused connection and of one that broke. @param {unknown} error */
function connectionError(error) {
  const text = error instanceof Error ? error.message : String(error);
  if (/connection (lost|refused|reset)/i.test(text)) return new EdgeError("region_down", { cause: error });
  return new EdgeError(/time|abort/i.test(text) ? "region_timeout" : "region_broken", { cause: error });
}
