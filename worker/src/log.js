/** One line of JSON a request: what was decided, never what was sent. No path: paths can hold tokens. */

/** @import { Journey } from "./types.js" */

/**
 * @param {string} method
 * @param {Journey} journey
 * @param {{status: number, table: number, endedAtMs: number, error?: import("./errors.js").EdgeError}} end
 */
export function logRequest(method, journey, { status, table, endedAtMs, error }) {
  const line = JSON.stringify({
    event: "request",
    request_id: journey.requestId,
    method,
    status,
    kind: journey.kind,
    region: journey.decision?.region,
    source: journey.decision?.source,
    state: journey.decision?.state,
    hops: journey.hops,
    edge_ms: journey.decidedAtMs - journey.startedAtMs,
    region_ms: endedAtMs - journey.decidedAtMs,
    table,
    error: error?.code,
    detail: error?.detail,
  });
  if (status >= 500) console.error(line);
  else console.log(line);
}
