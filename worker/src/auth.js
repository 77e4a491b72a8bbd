/** The client of the auth service: one question, one answer, within a time limit. */
import { decodeJwt } from "./jwt.js";
/** @import { CredentialKind, DenialCode, Entry, Question } from "./types.js" */

/** No answer: down, slow, or not understood. Never a statement about the credential. */
export class AuthUnavailable extends Error {
  /** @param {string} message @param {boolean} [down] false where it answered, as with 429 */
  constructor(message, down = false) {
    super(message);
    this.down = down;
  }
}

// What a revocation waits for at most, whatever the auth service says.
const MAX_LIFETIME_MS = 60_000;
const DENIAL_LIFETIME_MS = 5_000;
const MAX_CONTEXT_CHARS = 8 * 1024;
const MAX_ANSWER_BYTES = 16 * 1024;
/** Only error and status together speak of the credential: a proxy's bare 401 does not. @type {Record<DenialCode, number>} */
const DENIALS = { invalid_credential: 401, not_a_member: 403, unknown_workspace: 404, not_placed: 409 };

/** @param {{address: string, token: string, timeoutMs: number, fetch: typeof fetch, now: () => number}} options */
export function createAuthClient({ address, token, timeoutMs, fetch, now }) {
  /**
   * Lifetimes count from before the question: the answer is never older than it seems.
   * @param {Question} question @param {string} requestId @returns {Promise<Entry>} @throws {AuthUnavailable}
   */
  async function ask({ host, credential: { kind, value }, workspace, placement }, requestId) {
    const askedAtMs = now();
    const { status, body } = await call("/v1/route", {
      method: "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json", "x-request-id": requestId },
      body: JSON.stringify({ host, kind, credential: value, workspace, placement }),
    });
    if (status === 200) return routed(body, kind, askedAtMs);
    const code = /** @type {DenialCode} */ (body.error);
    if (!Object.hasOwn(DENIALS, code) || DENIALS[code] !== status) throw new AuthUnavailable(`status ${status}`);
    return { outcome: "denied", kind, code, hardAtMs: askedAtMs + DENIAL_LIFETIME_MS };
  }

  /** @returns the public keys (RFC 7517), current and next @throws {AuthUnavailable} */
  async function publicKeys() {
    const { status, body } = await call("/.well-known/jwks.json", {});
    if (status !== 200) throw new AuthUnavailable(`keys: status ${status}`);
    return body;
  }

  /** @param {string} path @param {RequestInit} init @returns {Promise<{status: number, body: Record<string, unknown>}>} */
  async function call(path, init) {
    try {
      // The limit holds for the whole call, body included.
      const limits = { redirect: "manual", signal: AbortSignal.timeout(timeoutMs) };
      const response = await fetch(address + path, { ...init, ...limits });
      const text = await textOf(response, MAX_ANSWER_BYTES);
      if (response.status >= 500) throw new AuthUnavailable(`status ${response.status}`, true);
      return { status: response.status, body: Object(JSON.parse(text)) };
    } catch (error) {
      if (error instanceof AuthUnavailable) throw error;
      const { name } = /** @type {Error} */ (error);
      throw new AuthUnavailable(name, name !== "SyntaxError"); // it answered, but no JSON
    }
  }

  return { ask, publicKeys };
}

/** @param {Response} response @param {number} limit in bytes @returns {Promise<string>} @throws {AuthUnavailable} past it, unread */
async function textOf(response, limit) {
  const decoder = new TextDecoder();
  let [text, bytes] = ["", 0];
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > limit) throw new AuthUnavailable("answer too large"); // leaving the loop cancels the rest
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

/** @param {Record<string, unknown>} body @param {CredentialKind} kind @param {number} askedAtMs @returns {Entry} */
function routed({ kind: answered, region, workspace, version, context, ...times }, kind, askedAtMs) {
  if (answered !== kind) throw new AuthUnavailable("answer about another kind of credential");
  if (typeof region !== "string") throw new AuthUnavailable("no region");
  if (workspace !== null && typeof workspace !== "string") throw new AuthUnavailable("no workspace");
  if (typeof version !== "number" || !Number.isSafeInteger(version)) throw new AuthUnavailable("no version");
  if (typeof context !== "string" || context.length > MAX_CONTEXT_CHARS) throw new AuthUnavailable("no context");
  const { aud, iat, exp } = decodeJwt(context)?.claims ?? {};
  if (aud !== region) throw new AuthUnavailable("context for another region");
  const tokenMs = milliseconds(Number(exp) - Number(iat));
  const hardMs = Math.min(MAX_LIFETIME_MS, milliseconds(times.expires_after_s), tokenMs);
  const softAtMs = askedAtMs + Math.min(hardMs, milliseconds(times.refresh_after_s));
  return { outcome: "routed", kind, region, workspace, version, context, softAtMs, hardAtMs: askedAtMs + hardMs };
}

/** @param {unknown} seconds */
function milliseconds(seconds) {
  if (typeof seconds !== "number" || !(seconds > 0)) throw new AuthUnavailable("no lifetime");
  return seconds * 1000;
}
