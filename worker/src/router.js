/** The way of one request: check, ask, forward, and once more where the workspace has moved. */
import { readUpTo } from "./auth.js";
import { readCredential, readRegionHint, readWorkspace } from "./credentials.js";
import { asEdgeError, EdgeError, refusalResponse } from "./errors.js";
import { forward } from "./forward.js";
import { backToClient, checkHeaders } from "./headers.js";
import { verifyMoved } from "./jwt.js";
import { cacheKey } from "./key.js";
import { REQUEST_ID, SESSION_COOKIE } from "./names.js";
import { closedPlace, drawFor, placementOf, readPlacementSigns } from "./placement.js";
import { findPublic, readKey } from "./public.js";
import { regionOf } from "./regions.js";
import { unsigned } from "./resolver.js";
/** @import { Asked, Decision, Journey, PublicRequest, RouterParts, Waiting } from "./types.js" */

const MOVED_STATUS = 421;
const MAX_DELIVERY_BYTES = 256 * 1024;

/** @param {RouterParts} parts */
export function createRouter({ table, publicList, credentials, keys, deliveries, auth, jwks, fetch, now, newId }) {
  /** @param {Request} request @param {Waiting} ctx @returns {Promise<Response>} whatever fails */
  return async function handle(request, ctx) {
    const startedAtMs = now();
    /** @type {Journey} */
    const journey = { method: request.method, requestId: newId(), startedAtMs, decidedAtMs: startedAtMs, hops: 0 };
    try {
      const response = await travel(request, ctx, journey);
      const back = backToClient(response, journey, now());
      log(journey, back.status);
      return back;
    } catch (thrown) {
      const error = asEdgeError(thrown);
      log(journey, error.refusal.status, error);
      return refusalResponse(error, journey.requestId, journey.kind === "cookie" ? SESSION_COOKIE : undefined);
    }
  };

  /** @param {Request} request @param {Waiting} ctx @param {Journey} journey @returns {Promise<Response>} a region's */
  async function travel(request, ctx, journey) {
    checkHeaders(request.headers);
    const url = new URL(request.url);
    const match = findPublic(publicList, url);
    Object.assign(journey, { listed: match?.listed, kind: match?.listed.kind });
    if (match?.listed.deliver) return deliver(request, url, match.listed, journey.requestId, ctx);
    const { question, placement, hint } = match ? readKey(match, url, request.headers) : readSigns(request, url);
    journey.kind = question?.credential.kind;
    const resolver = match ? keys : credentials;
    const place = () => drawFor(placement, request.headers, journey);
    const asking = question && { key: await cacheKey(question), question, place, hint, requestId: journey.requestId, ctx };
    const first = asking ? await resolver.resolve(asking) : unsigned((await place()) || closedPlace(table, placement, hint), "anonymous");
    journey.decidedAtMs = now();
    /** @param {Decision} decision */
    const hop = (decision) => {
      journey.decision = decision;
      const region = regionOf(table, decision.region);
      journey.hops += 1;
      return forward({ request, url, region, decision, placement: decision.pinned ? "pinned" : placement.reason, journey }, fetch);
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
   * Of a sender that knows one address only. @param {Request} request @param {URL} url @param {PublicRequest} listed
   * @param {string} requestId @param {Waiting} ctx @returns {Promise<Response>} once it is published for every region
   */
  async function deliver(request, url, { kind, headers }, requestId, ctx) {
    if (request.method !== "POST") throw new EdgeError("method_not_allowed");
    const body = await readUpTo(MAX_DELIVERY_BYTES, request.body);
    if (body === null) throw new EdgeError("too_large");
    const said = new Headers({ "content-type": "application/octet-stream", [REQUEST_ID]: requestId, "x-deliver-id": requestId });
    said.set("x-deliver-kind", kind.slice("key:".length));
    said.set("x-deliver-path", url.pathname + url.search);
    said.set("x-deliver-received-at", String(now()));
    for (const name of headers) if (request.headers.has(name)) said.set(`x-deliver-header-${name}`, request.headers.get(name) ?? "");
    await deliveries(requestId, ctx, () => auth.deliver(body, said));
    return Response.json({ accepted: true, request_id: requestId }, { status: 202, headers: { "cache-control": "no-store" } });
  }

  /** @param {Request} request @param {URL} url @returns {Asked} */
  function readSigns(request, url) {
    const [credential, hint] = [readCredential(request.headers), readRegionHint(request.headers)];
    const placement = placementOf(table, readPlacementSigns(request, url), hint);
    const question = credential && { host: url.host, credential, workspace: readWorkspace(request.headers, url), wanted: placement.wanted };
    return { question, placement, hint };
  }

  /**
   * One line of JSON: what was decided, never what was sent. No path: paths can hold tokens.
   * @param {Journey} journey @param {number} status @param {EdgeError} [error]
   */
  function log({ method, requestId, kind, decision, hops, startedAtMs, decidedAtMs }, status, error) {
    const { region, source, state } = decision ?? {};
    const decided = { kind, region, source, state, hops, table: table.version, list: publicList.version };
    const times = { edge_ms: decidedAtMs - startedAtMs, region_ms: now() - decidedAtMs };
    const line = { event: "request", request_id: requestId, method, status, ...decided, ...times, error: error?.code, detail: error?.detail };
    console[status >= 500 ? "error" : "log"](JSON.stringify(line));
  }
}
