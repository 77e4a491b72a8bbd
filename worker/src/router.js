/** The way of one request: check, ask, forward, and once more where the workspace has moved. */
import { readCredential, readRegionHint, readWorkspace } from "./credentials.js";
import { asEdgeError, EdgeError, refusalResponse } from "./errors.js";
import { backToClient, forward } from "./forward.js";
import { checkHeaders, requestHeaders } from "./headers.js";
import { cacheKey } from "./key.js";
import { logRequest } from "./log.js";
import { verifyMoved } from "./moved.js";
import { MOVED, MOVED_STATUS, SESSION_COOKIE } from "./names.js";
import { placementOf, readPlacementSigns } from "./placement.js";
import { regionOf } from "./regions.js";
import { unsigned } from "./resolver.js";
/** @import { Asking, Credential, Decision, Journey, RouterParts, Waiting } from "./types.js" */

export class Router {
  /** @param {RouterParts} parts */
  constructor(parts) {
    this.parts = parts;
  }

  /** @param {Request} request @param {Waiting} ctx @returns {Promise<Response>} whatever fails */
  async handle(request, ctx) {
    const { now, newId, table } = this.parts;
    const startedAtMs = now();
    /** @type {Journey} */
    const journey = { requestId: newId(), startedAtMs, decidedAtMs: startedAtMs, hops: 0 };
    try {
      const response = await this.#travel(request, ctx, journey);
      logRequest(request.method, journey, { status: response.status, table: table.version, endedAtMs: now() });
      return backToClient(response, journey.requestId, timing(journey, now()));
    } catch (thrown) {
      const error = asEdgeError(thrown);
      const { status } = error.refusal;
      logRequest(request.method, journey, { status, table: table.version, endedAtMs: now(), error });
      const forgetCookie = status === 401 && journey.kind === "cookie" ? SESSION_COOKIE : undefined;
      return refusalResponse(error, journey.requestId, forgetCookie);
    }
  }

  /** @param {Request} request @param {Waiting} ctx @param {Journey} journey @returns {Promise<Response>} a region's */
  async #travel(request, ctx, journey) {
    const { table, resolver, now, fetch } = this.parts;
    checkHeaders(request.headers);
    const url = new URL(request.url);
    const credential = readCredential(request.headers);
    journey.kind = credential?.kind;
    const placement = placementOf(table, readPlacementSigns(request, url));
    const placed = placement.reason === "none" ? "" : placement.region;
    const asking = credential && (await askingOf(request.headers, url, credential, placed, journey.requestId, ctx));
    const first = asking ? await resolver.resolve(asking) : unsigned(placement.region, "anonymous");
    journey.decidedAtMs = now();
    const headers = requestHeaders(request, url, journey.requestId);
    /** @param {Decision} decision */
    const hop = (decision) => {
      journey.decision = decision;
      const region = regionOf(table, decision.region);
      journey.hops += 1;
      return forward({ request, headers, region, decision, placement: placement.reason, number: journey.hops }, fetch);
    };
    const response = await hop(first);
    if (response.status !== MOVED_STATUS) return response;
    const next = await this.#afterMove(response, asking, first, ctx);
    // Its body is gone, at least in part. Only the client can send it again, and by then the new place is known here.
    if (request.body !== null) throw new EdgeError("region_moved", { detail: "body consumed" });
    const second = await hop(next);
    if (second.status === MOVED_STATUS) throw new EdgeError("region_moved", { detail: "moved twice" });
    return second;
  }

  /**
   * @param {Response} response @param {Asking | null} asking @param {Decision} decision @param {Waiting} ctx
   * @returns {Promise<Decision>}
   */
  async #afterMove(response, asking, decision, ctx) {
    const { jwks, resolver } = this.parts;
    const moved = await verifyMoved(response.headers.get(MOVED), jwks, ctx);
    await response.body?.cancel();
    // Without the keys of today nothing can be said against the statement, and nothing done on its word.
    if (moved === null) throw new EdgeError(jwks.isOutOfReach ? "auth_unavailable" : "bad_reroute", { detail: "not verified" });
    return asking ? resolver.reroute(asking, decision, moved) : unsigned(moved.to, "moved");
  }
}

/**
 * @param {Headers} headers @param {URL} url @param {Credential} credential @param {string} placement
 * @param {string} requestId @param {Waiting} ctx @returns {Promise<Asking>}
 */
async function askingOf(headers, url, credential, placement, requestId, ctx) {
  const question = { host: url.host, credential, workspace: readWorkspace(headers, url), placement };
  return { key: await cacheKey(question), question, hint: readRegionHint(headers), requestId, ctx };
}

/** Server-Timing; the region's part lasts until its headers. @param {Journey} journey @param {number} now */
function timing({ startedAtMs, decidedAtMs, decision }, now) {
  return `edge;desc="${decision?.source}";dur=${decidedAtMs - startedAtMs}, region;dur=${now - decidedAtMs}`;
}
