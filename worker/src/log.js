/** One line of JSON a request: what was decided, never what was sent. No path either: paths can hold tokens. */

/**
 * @typedef {object} RequestLog
 * @property {string} request_id
 * @property {string} method
 * @property {string} [kind] of the credential
 * @property {string} [region]
 * @property {string} [source] where the decision came from
 * @property {string} [state] of the context
 * @property {number} [hops]
 * @property {number} status
 * @property {string} [error]
 * @property {string} [detail]
 * @property {number} auth_ms the decision
 * @property {number} region_ms until the response's headers
 * @property {number} table the version of the table of regions
 */

/** @param {RequestLog} entry */
export function logRequest(entry) {
  const line = JSON.stringify({ event: "request", ...entry });
  if (entry.status >= 500) console.error(line);
  else console.log(line);
}
