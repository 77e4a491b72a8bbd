/** The way of one request: check, ask, forward, and once more where the workspace has moved. */

import { cacheKey } from "./key.js";
import { readCredential, readRegionHint, readWorkspace } from "./credentials.js";
import { asEdgeError, EdgeError, refusalResponse } from "./errors.js";
import { backToClient, forward } from "./forward.js";
import { checkHeaders, requestHeaders } from "./headers.js";
import { logRequest } from "./log.js";
import { verifyMoved } from "./moved.js";
import { MOVED, MOVED_STATUS, SESSION_COOKIE } from "./names.js";
import { placementOf, readPlacementSigns } from "./placement.js";
import { regionOf } from "./regions.js";
import { unsigned } from "./resolver.js";

/** @typedef {import("./resolver.js").Asking} Asking */
/** @typedef {import("./resolver.js").Decision} Decision */
/** @typedef {import("./resolver.js").Waiting} Waiting */

/**
 * @typedef {object} Journey what becomes of one request
 * @property {string} requestId
 * @property {number} startedAtMs
 * @property {number} decidedAtMs
 * @property {number} hops
 * @property {import("./credentials.js").CredentialKind} [kind]
 * @property {Decision} [decision]
 */

export class Router {
  /**
   * @param {object} parts
   * @param {import("./regions.js").Table} parts.table
   * @param {import("./resolver.js").Resolver} parts.resolver
   * @param {import("./jwks.js").Jwks} parts.jwks
   * @param {typeof fetch} parts.fetch towards the regions
   * @param {() => number} parts.now
   * @param {() => string} parts.newId
   */
  constructor({ table, resolver, jwks, fetch, now, newId }) {
    this.table = table;
    this.resolver = resolver;
    this.jwks = jwks;
    this.fetch = fetch;
    this.now = now;
    this.newId = newId;
  }

  /**
   * @param {Request} request
   * @param {Waiting} ctx
   * @returns {Promise<Response>} always one, whatever fails
   */
  async handle(request, ctx) {
    const startedAtMs = this.now();
    /** @type {Journey} */
    const journey = { requestId: this.newId(), startedAtMs, decidedAtMs: startedAtMs, hops: 0 };
    try {
      const response = await this.#travel(request, ctx, journey);
      this.#log(request, journey, response.status);
      return backToClient(response, { requestId: journey.requestId, timing: this.#timing(journey) });
    } catch (thrown) {
      const error = asEdgeError(thrown);
      this.#log(request, journey, error.status, error);
      const clearCookie = error.status === 401 && journey.kind === "cookie" ? SESSION_COOKIE : undefined;
      return refusalResponse(error, { requestId: journey.requestId, clearCookie });
    }
  }

  /**
   * @param {Request} request
   * @param {Waiting} ctx
   * @param {Journey} journey
   */
  async #travel(request, ctx, journey) {
    checkHeaders(request.headers);
    const url = new URL(request.url);
    const credential = readCredential(request.headers);
    const placement = placementOf(this.table, readPlacementSigns(request, url));
    journey.kind = credential?.kind;
    /** @type {Asking | null} */
    let asking = null;
    if (credential !== null) {
      const question = { host: url.host, credential, workspace: readWorkspace(request.headers, url), placement: placement.region };
      asking = { key: await cacheKey(question), question, hint: readRegionHint(request.headers), requestId: journey.requestId, ctx };
    }
    const decision = asking === null ? unsigned(placement.region, "anonymous") : await this.resolver.resolve(asking);
    journey.decidedAtMs = this.now();
    if (asking !== null && this.jwks.isEmpty && decision.source === "miss") ctx.waitUntil(this.jwks.refresh());
    const headers = requestHeaders(request, url, journey.requestId);
    /** @param {Decision} to */
    const hop = (to) => {
      journey.decision = to;
      journey.hops += 1;
      return forward({ request, headers, region: regionOf(this.table, to.region), decision: to, placement: placement.reason, hop: journey.hops, fetch: this.fetch });
    };
    const response = await hop(decision);
    if (response.status !== MOVED_STATUS) return response;
    const next = await this.#afterMove(response, asking, decision);
    // Its body is gone, at least in part: only the client can send it again, and by now the new place is known here.
    if (request.body !== null) throw new EdgeError("region_moved", { detail: "body consumed" });
    const second = await hop(next);
    if (second.status === MOVED_STATUS) throw new EdgeError("region_moved", { detail: "moved twice" });
    return second;
  }

  /**
   * @param {Response} response
   * @param {Asking | null} asking
   * @param {Decision} decision
   * @returns {Promise<Decision>}
   */
  async #afterMove(response, asking, decision) {
    const moved = await verifyMoved(response.headers.get(MOVED), this.jwks);
    await response.body?.cancel();
    if (moved === null) throw new EdgeError("bad_reroute");
    return asking === null ? unsigned(moved.to, "moved") : this.resolver.reroute(asking, decision, moved);
  }

  /** @param {Journey} journey */
  #timing({ startedAtMs, decidedAtMs, decision }) {
    return `edge;desc="${decision?.source}";dur=${decidedAtMs - startedAtMs}, region;desc="${decision?.region}";dur=${this.now() - decidedAtMs}`;
  }

  /**
   * @param {Request} request
   * @param {Journey} journey
   * @param {number} status
   * @param {EdgeError} [error]
   */
  #log(request, { requestId, startedAtMs, decidedAtMs, hops, kind, decision }, status, error) {
    logRequest({
      request_id: requestId,
      method: request.method,
      kind,
      region: decision?.region,
      source: decision?.source,
      state: decision?.state,
      hops,
      status,
      error: error?.code,
      detail: error?.detail,
      auth_ms: decidedAtMs - startedAtMs,
      region_ms: hops === 0 ? 0 : this.now() - decidedAtMs,
      table: this.table.version,
    });
  }
}
