/** What the Worker answers by itself. Whatever else is thrown becomes `internal`, without its text. */
import { COOKIE_ATTRIBUTES } from "./names.js";

/** @typedef {{status: number, message: string, retryAfterS?: number}} Refusal `message` tells the client what to do */

/** @satisfies {Record<string, Refusal>} */
const REFUSALS = {
  ambiguous_credentials: { status: 400, message: "The request carries several kinds of credentials; send one." },
  malformed_credential: { status: 400, message: "The credential is malformed; sign in again or check the key." },
  malformed_hint: { status: 400, message: "The workspace hint is malformed; send the workspace's URL key." },
  region_not_open: { status: 400, message: "The chosen region takes no new workspaces; choose another one." },
  malformed_key: { status: 400, message: "The address has no key, or a malformed one; take the whole address." },
  ambiguous_path: { status: 400, message: "The path can be read in two ways; send it as it was given out." },
  invalid_credential: { status: 401, message: "The credential is not valid; sign in again." },
  not_a_member: { status: 403, message: "The credential gives no access to this workspace." },
  unknown_workspace: { status: 404, message: "There is no such workspace." },
  unknown_key: { status: 404, message: "The address leads nowhere, or not any more." },
  method_not_allowed: { status: 405, message: "Only POST is taken here." },
  too_large: { status: 413, message: "The body is larger than 256 KiB." },
  header_too_large: { status: 431, message: "The request's headers are too large or too many." },
  duplicate_header: { status: 431, message: "A header that may be sent once was sent several times." },
  misconfigured: { status: 500, message: "The edge is misconfigured." },
  internal: { status: 500, message: "The edge failed." },
  region_broken: { status: 502, message: "The region failed; whether it acted on the request is not known." },
  bad_reroute: { status: 502, message: "The region sent the request elsewhere, but not in a signed way." },
  auth_unavailable: { status: 503, message: "Nobody can say at the moment where this belongs; send it again.", retryAfterS: 5 },
  region_down: { status: 503, message: "The region is out of reach; a change may have been made or not.", retryAfterS: 5 },
  region_closed: { status: 503, message: "The region is not in service; a new workspace may choose another one.", retryAfterS: 30 },
  not_placed: { status: 503, message: "No region takes new workspaces at the moment.", retryAfterS: 30 },
  region_moved: { status: 503, message: "The workspace has moved; nothing was done, send it again.", retryAfterS: 1 },
  region_timeout: { status: 504, message: "The region took too long; whether it acted on the request is not known." },
};

/** @typedef {keyof typeof REFUSALS} RefusalCode */

export class EdgeError extends Error {
  /** @param {RefusalCode} code @param {{cause?: unknown, detail?: string}} [options] `detail` is for the log alone */
  constructor(code, { cause, detail } = {}) {
    super(code, { cause });
    this.code = code;
    this.detail = detail;
    /** @type {Refusal} */
    this.refusal = REFUSALS[code];
  }
}

/** @param {unknown} thrown */
export function asEdgeError(thrown) {
  if (thrown instanceof EdgeError) return thrown;
  return new EdgeError("internal", { cause: thrown, detail: thrown instanceof Error ? thrown.name : typeof thrown });
}

/** @param {EdgeError} error @param {string} requestId @param {string} [cookie] that it came by, to be forgotten with a 401 */
export function refusalResponse({ code, refusal: { status, message, retryAfterS } }, requestId, cookie) {
  const headers = new Headers({ "cache-control": "no-store", "x-request-id": requestId });
  if (retryAfterS !== undefined) headers.set("retry-after", String(retryAfterS));
  if (status === 405) headers.set("allow", "POST");
  if (status === 401) headers.set("www-authenticate", "Bearer");
  if (status === 401 && cookie) headers.set("set-cookie", `${cookie}=; Max-Age=0; ${COOKIE_ATTRIBUTES}`);
  return Response.json({ error: { code, message, request_id: requestId } }, { status, headers });
}
