/** The client of the auth service: one question, one answer, within a time limit. */

import { decodeJwt } from "./jwt.js";

/** @typedef {import("./credentials.js").Credential} Credential */
/** @typedef {import("./cache.js").Entry} Entry */
/** @typedef {import("./cache.js").Denied["code"]} DenialCode */

/**
 * @typedef {object} Question everything that the answer depends on, and nothing else
 * @property {string} host
 * @property {Credential} credential
 * @property {string} workspace "" where the request names none
 * @property {string} placement the region for a user without a workspace
 */

/** No answer: down, slow, or not understood. Never a statement about the credential. */
export class AuthUnavailable extends Error {
  /** @param {string} reason for the log */
  constructor(reason) {
    super(reason);
    this.reason = reason;
  }
}

// What a revocation or a move waits for at most, whatever the auth service says.
const MAX_LIFETIME_MS = 60_000;
const DENIAL_LIFETIME_MS = 5_000;
const MAX_CONTEXT_CHARS = 8 * 1024;
const MAX_ANSWER_CHARS = 16 * 1024;

/** Only these pairs of status and error are statements about the credential; a proxy's bare 401 or 404 is none. */
const DENIALS = new Map(
  /** @type {[string, DenialCode][]} */ ([
    ["401 invalid_credential", "invalid_credential"],
    ["403 not_a_member", "not_a_member"],
    ["404 unknown_workspace", "unknown_workspace"],
  ]),
);

export class AuthClient {
  /**
   * @param {object} options
   * @param {string} options.address origin of the auth service
   * @param {string} options.token the Worker's own key there
   * @param {number} options.timeoutMs for the whole call, body included
   * @param {typeof fetch} options.fetch
   * @param {() => number} options.now
   */
  constructor({ address, token, timeoutMs, fetch, now }) {
    this.address = address;
    this.token = token;
    this.timeoutMs = timeoutMs;
    this.fetch = fetch;
    this.now = now;
  }

  /**
   * @param {Question} question
   * @param {string} requestId
   * @returns {Promise<Entry>} lifetimes count from before the question: the answer is never younger than it seems
   * @throws {AuthUnavailable}
   */
  async ask({ host, credential, workspace, placement }, requestId) {
    const askedAtMs = this.now();
    const { status, body } = await this.#call("/v1/route", {
      method: "POST",
      headers: {
        authorization: `Bearer ${this.token}`,
        "content-type": "application/json",
        "x-request-id": requestId,
      },
      body: JSON.stringify({ host, kind: credential.kind, credential: credential.value, workspace, placement }),
    });
    if (status === 200) return routed(body, credential.kind, askedAtMs);
    const code = DENIALS.get(`${status} ${body.error}`);
    if (code === undefined) throw new AuthUnavailable(`status ${status}`);
    return { outcome: "denied", kind: credential.kind, code, hardAtMs: askedAtMs + DENIAL_LIFETIME_MS };
  }

  /**
   * @returns {Promise<Record<string, unknown>>} the public keys (RFC 7517), current and next
   * @throws {AuthUnavailable}
   */
  async publicKeys() {
    const { status, body } = await this.#call("/.well-known/jwks.json", {});
    if (status !== 200) throw new AuthUnavailable(`keys: status ${status}`);
    return body;
  }

  /**
   * @param {string} path
   * @param {RequestInit} init
   * @returns {Promise<{status: number, body: Record<string, unknown>}>}
   */
  async #call(path, init) {
    try {
      const signal = AbortSignal.timeout(this.timeoutMs);
      const response = await this.fetch(this.address + path, { ...init, redirect: "manual", signal });
      const text = await response.text();
      if (text.length > MAX_ANSWER_CHARS) throw new AuthUnavailable("answer too large");
      const body = JSON.parse(text);
      if (typeof body !== "object" || body === null) throw new AuthUnavailable("answer is not an object");
      return { status: response.status, body };
    } catch (error) {
      if (error instanceof AuthUnavailable) throw error;
      throw new AuthUnavailable(error instanceof Error ? error.name : "unknown");
    }
  }
}

/**
 * @param {Record<string, unknown>} body
 * @param {Credential["kind"]} kind
 * @param {number} askedAtMs
 * @returns {Entry}
 */
function routed(body, kind, askedAtMs) {
  const { region, workspace, version, context } = body;
  if (body.kind !== kind) throw new AuthUnavailable("answer is about another kind of credential");
  if (typeof region !== "string" || typeof context !== "string" || context.length > MAX_CONTEXT_CHARS) {
    throw new AuthUnavailable("answer has no region or no context");
  }
  if (workspace !== null && typeof workspace !== "string") throw new AuthUnavailable("answer has no workspace");
  if (typeof version !== "number" || !Number.isSafeInteger(version)) throw new AuthUnavailable("answer has no version");
  const claims = decodeJwt(context)?.claims;
  if (claims?.aud !== region) throw new AuthUnavailable("context is for another region than the answer");
  const hardMs = Math.min(MAX_LIFETIME_MS, milliseconds(body.expires_after_s), milliseconds(Number(claims.exp) - Number(claims.iat)));
  const softMs = Math.min(hardMs, milliseconds(body.refresh_after_s));
  return { outcome: "routed", kind, region, workspace, version, context, softAtMs: askedAtMs + softMs, hardAtMs: askedAtMs + hardMs };
}

/** @param {unknown} seconds */
function milliseconds(seconds) {
  if (typeof seconds !== "number" || !(seconds > 0)) throw new AuthUnavailable("answer has no lifetime");
  return seconds * 1000;
}
