/** The client of the auth service: one question, one answer, within a time limit. */
import { EdgeError } from "./errors.js";
import { decodeJwt } from "./jwt.js";
/** @import { DenialCode, Entry, Question, Routed } from "./types.js" */

/** No answer: down, slow, or not understood. Never a statement about the credential. */
export class AuthUnavailable extends EdgeError {
  /** @param {string} detail @param {boolean} [down] false where it answered, as with 429 */
  constructor(detail, down = false) {
    super("auth_unavailable", { detail });
    this.down = down;
  }
}

// What a revocation waits for at most, whatever the auth service says.
const MAX_LIFETIME_MS = 60_000;
const DENIAL_LIFETIME_MS = 5_000;
const MAX_CONTEXT_CHARS = 8 * 1024;
const MAX_ANSWER_BYTES = 16 * 1024;
export const DELIVERY_TIMEOUT_MS = 5_000;
/** Only error and status together speak of the credential: a proxy's bare 401 does not. @type {Record<DenialCode, number>} */
const DENIALS = { invalid_credential: 401, not_a_member: 403, unknown_workspace: 404, not_placed: 409, unknown_key: 404 };

/** @param {{address: string, token: string, timeoutMs: number, fetch: typeof fetch, now: () => number}} options */
export function createAuthClient({ address, token, timeoutMs, fetch, now }) {
  /**
   * Lifetimes count from before the question: the answer is never older than it seems.
   * @param {Question} question @param {string} placement the region that was drawn @param {string} requestId
   * @returns {Promise<Entry>} @throws {AuthUnavailable}
   */
  async function ask(question, placement, requestId) {
    const { host, credential: { kind, value }, workspace } = question;
    const askedAtMs = now();
    const body = JSON.stringify({ host, kind, credential: value, workspace, placement });
    const headers = { "content-type": "application/json", "x-request-id": requestId };
    const { status, answer } = await call("/v1/route", { method: "POST", headers, body });
    const pinned = status === 409 && answer.error === "placed_elsewhere";
    if (status === 200 || pinned) return { ...routed(answer, question, askedAtMs), pinned };
    const code = /** @type {DenialCode} */ (answer.error);
    const isItsOwn = kind.startsWith("key:") === (code === "unknown_key");
    if (!isItsOwn || !Object.hasOwn(DENIALS, code) || DENIALS[code] !== status) throw new AuthUnavailable(`status ${status}`);
    return { outcome: "denied", kind, code, hardAtMs: askedAtMs + DENIAL_LIFETIME_MS };
  }

  /** Hands a body over for every region. @param {Blob} body @param {Headers} headers @throws {AuthUnavailable} */
  async function deliver(body, headers) {
    const { status } = await call("/v1/deliver", { method: "POST", headers, body }, DELIVERY_TIMEOUT_MS);
    if (status !== 202) throw new AuthUnavailable(`deliver: status ${status}`);
  }

  /** @returns the public keys (RFC 7517), current and next @throws {AuthUnavailable} */
  async function publicKeys() {
    const { status, answer } = await call("/.well-known/jwks.json", {});
    if (status !== 200) throw new AuthUnavailable(`keys: status ${status}`);
    return answer;
  }

  /** @param {string} path @param {RequestInit} init @returns {Promise<{status: number, answer: Record<string, unknown>}>} */
  async function call(path, init, limitMs = timeoutMs) {
    const headers = new Headers(init.headers);
    headers.set("authorization", `Bearer ${token}`);
    try {
      // The limit holds for the whole call, body included.
      const limits = { redirect: "manual", signal: AbortSignal.timeout(limitMs) };
      const response = await fetch(address + path, { ...init, headers, ...limits });
      const text = await (await readUpTo(MAX_ANSWER_BYTES, response.body))?.text();
      if (text === undefined) throw new AuthUnavailable("answer too large");
      if (response.status >= 500) throw new AuthUnavailable(`status ${response.status}`, true);
      return { status: response.status, answer: Object(JSON.parse(text || "{}")) };
    } catch (error) {
      if (error instanceof AuthUnavailable) throw error;
      const { name } = /** @type {Error} */ (error);
      throw new AuthUnavailable(name, name !== "SyntaxError"); // it answered, but no JSON
    }
  }

  return { ask, deliver, publicKeys };
}

/** @param {number} limit in bytes @param {ReadableStream | null} body @returns {Promise<Blob | null>} null: longer, and not read to its end */
export async function readUpTo(limit, body) {
  const chunks = [];
  let length = 0;
  for await (const chunk of body ?? []) {
    length += chunk.byteLength;
    if (length > limit) return null; // leaving the loop cancels the rest
    chunks.push(chunk);
  }
  return new Blob(chunks);
}

/** @param {Record<string, unknown>} answer @param {Question} question @param {number} askedAtMs @returns {Routed} */
function routed({ kind: answered, region, workspace, version, context, ...times }, question, askedAtMs) {
  const { kind } = question.credential;
  if (answered !== kind) throw new AuthUnavailable("answer about another kind of credential");
  const isTheirs = workspace !== null && ["", workspace].includes(question.workspace);
  if (kind.startsWith("key:") && !isTheirs) throw new AuthUnavailable("answer about another workspace");
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
