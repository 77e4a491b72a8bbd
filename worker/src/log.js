/** One line of JSON a request: what was decided, never what was sent. No path: paths can hold tokens. */
/** @import { Journey, JourneyEnd } from "./types.js" */

/** @param {string} method @param {Journey} journey @param {JourneyEnd} end */
export function logRequest(method, { requestId, kind, decision, hops, startedAtMs, decidedAtMs }, end) {
  const { status, table, endedAtMs, error } = end;
  const times = { edge_ms: decidedAtMs - startedAtMs, region_ms: endedAtMs - decidedAtMs };
  const { region, source, state } = decision ?? {};
  const decided = { kind, region, source, state, hops, table, ...times, error: error?.code, detail: error?.detail };
  const line = JSON.stringify({ event: "request", request_id: requestId, method, status, ...decided });
  if (status >= 500) console.error(line);
  else console.log(line);
}
