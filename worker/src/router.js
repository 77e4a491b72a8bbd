/** The way of one request: check, ask, forward, and once more where the workspace has moved. */
import { readCredential, readRegionHint, readWorkspace } from "./credentials.js";
import { asEdgeError, EdgeError, refusalResponse } from "./errors.js";
import { forward } from "./forward.js";
import { backToClient, checkHeaders, requestHeaders } from "./headers.js";
import { verifyMoved } from "./jwt.js";
import { cacheKey } from "./key.js";
import { SESSION_COOKIE } from "./names.js";
import { placementOf, readPlacementSigns } from "./placement.js";
import { regionOf } from "./regions.js";
import { unsigned } from "./resolver.js";
/** @import { Decision, Journey, RouterParts, Waiting } from "./types.js" */

const MOVED_STATUS = 421;

/** @param {RouterParts} parts */
export function createRouter({ table, resolver, jwks, fetch, now, newId }) {
  /** @param {Request} request @param {Waiting} ctx @returns {Promise<Response>} whatever fails */
  return async function handle(request, ctx) {
    const startedAtMs = now();
    /** @type {Journey} */
    const journey = { method: request.method, requestId: newId(), startedAtMs, decidedAtMs: startedAtMs, hops: 0 };
    try {
      const response = await travel(request, ctx, journey);
      log(journey, response.status);
      return backToClient(response, journey.requestId, timing(journey, now()));
    } catch (thrown) {
      const error = asEdgeError(thrown);
      log(journey, error.refusal.status, error);
      return refusalResponse(error, journey.requestId, journey.kind === "cookie" ? SESSION_COOKIE : undefined);
    }
  };

  /** @param {Request} request @param {Waiting} ctx @param {Journey} journey @returns {Promise<Response>} a region's */
  async function travel(request, ctx, journey) {
    const { requestId } = journey;
    checkHeaders(request.headers);
    const url = new URL(request.url);
    const credential = readCredential(request.headers);
    journey.kind = credential?.kind;
    const placement = placementOf(table, readPlacementSigns(request, url));
    const placed = placement.reason === "none" ? "" : placement.region;
    const question = credential && { host: url.host, credential, workspace: readWorkspace(request.headers, url), placement: placed };
    const asking = question && { key: await cacheKey(question), question, hint: readRegionHint(request.headers), requestId, ctx };
    const first = asking ? await resolver.resolve(asking) : unsigned(placement.region, "anonymous");
    journey.decidedAtMs = now();
    const headers = requestHeaders(request, url, requestId);
    /** @param {Decision} decision */
    const hop = (decision) => {
      journey.decision = decision;
      const region = regionOf(table, decision.region);
      journey.hops += 1;
      return forward({ request, url, headers, region, decision, placement: placement.reason, number: journey.hops }, fetch);
    };
    const response = await hop(first);
    if (response.status !== MOVED_STATUS) return response;
    const moved = await verifyMoved(response.headers.get("x-edge-moved"), jwks, ctx);
    await response.body?.cancel();
    // Without the keys of today nothing can be said against the statement, and nothing done on its word.
    if (moved === null) throw new EdgeError(jwks.isOutOfReach ? "auth_unavailable" : "bad_reroute", { detail: "not verified" });
    const next = asking ? await resolver.reroute(asking, first, moved) : unsigned(moved.to, "moved");
    // Its body is gone, at least in part. Only the client can send it again, and by then the new place is known here.
    if (request.body !== null) throw new EdgeError("region_moved", { detail: "body consumed" });
    const second = await hop(next);
    if (second.status === MOVED_STATUS) throw new EdgeError("region_moved", { detail: "moved twice" });
    return second;
  }

  /**
   * One line of JSON: what was decided, never what was sent. No path: paths can hold tokens.
   * @param {Journey} journey @param {number} status @param {EdgeError} [error]
   */
  function log({ method, requestId, kind, decision, hops, startedAtMs, decidedAtMs }, status, error) {
    const { region, source, state } = decision ?? {};
    const times = { edge_ms: decidedAtMs - startedAtMs, region_ms: now() - decidedAtMs };
    const decided = { kind, region, source, state, hops, table: table.version, ...times, error: error?.code, detail: error?.detail };
    console[status >= 500 ? "error" : "log"](JSON.stringify({ event: "request", request_id: requestId, method, status, ...decided }));
  }
}

/** Server-Timing; the region's part lasts until its headers. @param {Journey} journey @param {number} now */
function timing({ startedAtMs, decidedAtMs, decision }, now) {
  return `edge;desc="${decision?.source}";dur=${decidedAtMs - startedAtMs}, region;dur=${now - decidedAtMs}`;
}
