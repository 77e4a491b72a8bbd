/**
 * What the Worker answers by itself, instead of a region.
 *
 * Every failure is one of these; whatever else is thrown becomes `internal`, without its text.
 */

/**
 * @typedef {object} Refusal
 * @property {number} status
 * @property {string} message for the client: what happened and what to do next; never holds a credential
 * @property {number} [retryAfterS]
 */

/** @satisfies {Record<string, Refusal>} */
const REFUSALS = {
  ambiguous_credentials: { status: 400, message: "The request carries several kinds of credentials; send exactly one." },
  malformed_credential: { status: 400, message: "The credential is malformed; sign in again or check the key." },
  malformed_hint: { status: 400, message: "The workspace hint is malformed; send the workspace's URL key." },
  region_not_open: { status: 400, message: "The chosen region takes no new workspaces; choose another one." },
  invalid_credential: { status: 401, message: "The credential is not valid; sign in again." },
  not_a_member: { status: 403, message: "The credential gives no access to this workspace." },
  unknown_workspace: { status: 404, message: "There is no such workspace." },
  header_too_large: { status: 431, message: "The request's headers are too large or too many." },
  duplicate_header: { status: 431, message: "A header that may be sent once was sent several times." },
  misconfigured: { status: 500, message: "The edge is misconfigured." },
  internal: { status: 500, message: "The edge failed." },
  region_broken: { status: 502, message: "The region broke off the connection; whether it acted on the request is unknown." },
  bad_reroute: { status: 502, message: "The region sent the request elsewhere without saying where in a signed way." },
  auth_unavailable: { status: 503, message: "Signing in is not possible at the moment.", retryAfterS: 5 },
  region_down: { status: 503, message: "The region is not reachable at the moment.", retryAfterS: 5 },
  region_closed: { status: 503, message: "The region is not in service.", retryAfterS: 30 },
  region_moved: { status: 503, message: "The workspace has just moved; nothing was done, send the request again.", retryAfterS: 1 },
  region_timeout: { status: 504, message: "The region did not answer in time; whether it acted on the request is unknown." },
};

/** @typedef {keyof typeof REFUSALS} RefusalCode */

export class EdgeError extends Error {
  /**
   * @param {RefusalCode} code
   * @param {{cause?: unknown, detail?: string}} [options] `detail` is for the log alone
   */
  constructor(code, { cause, detail } = {}) {
    super(code, { cause });
    this.code = code;
    this.detail = detail;
    /** @type {Refusal} */
    const refusal = REFUSALS[code];
    this.status = refusal.status;
    this.publicMessage = refusal.message;
    this.retryAfterS = refusal.retryAfterS;
  }
}

/**
 * @param {unknown} error
 * @returns {EdgeError}
 */
export function asEdgeError(error) {
  if (error instanceof EdgeError) return error;
  return new EdgeError("internal", { cause: error, detail: error instanceof Error ? error.name : typeof error });
}

/**
 * @param {EdgeError} error
 * @param {{requestId: string, clearCookie?: string}} options `clearCookie` names a cookie that the browser must forget
 * @returns {Response}
 */
export function refusalResponse(error, { requestId, clearCookie }) {
  const headers = new Headers({ "content-type": "application/json", "cache-control": "no-store" });
  if (error.retryAfterS !== undefined) headers.set("retry-after", String(error.retryAfterS));
  if (error.status === 401) headers.set("www-authenticate", "Bearer");
  if (clearCookie) headers.append("set-cookie", `${clearCookie}=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=Lax`);
  const body = { error: { code: error.code, message: error.publicMessage, request_id: requestId } };
  return new Response(JSON.stringify(body), { status: error.status, headers });
}
