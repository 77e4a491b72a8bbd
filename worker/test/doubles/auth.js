/**
 * A test double of the auth service: the contract of docs/request-path.md over maps in memory.
 *
 * It is honest in what the Worker sees (endpoints, status codes, claims, signatures) and in nothing else: no database,
 * no broadcast, credentials in plain text. `move` returns the statement that the real one would broadcast to regions.
 */

import { LoopbackServer, readBody, sendJson } from "./http.js";
import { newSigningKey, signJwt } from "./jwt.js";

const CONTEXT_LIFETIME_S = 90;
const NOT_BEFORE_S = 5;
const MAX_DELIVERY_BYTES = 256 * 1024;

/** @typedef {{region: string, version: number}} Place */
/** @typedef {{user: string, workspaces: Record<string, string>, home: string | null, pin?: string}} Account `pin` is where it signed in */

export class AuthDouble {
  /** @type {Map<string, Account>} by kind and credential */
  accounts = new Map();
  /** @type {Map<string, Place>} by workspace */
  places = new Map();
  /** @type {Map<string, string>} workspaces, by kind and a third party's id that they have claimed */
  claims = new Map();
  /** @type {{headers: import("node:http").IncomingHttpHeaders, body: Buffer}[]} what was handed over for every region */
  deliveries = [];
  /** @type {any[]} the questions, without credentials */
  questions = [];
  /** Set to answer in another way than the contract says. @type {import("./http.js").Handler | null} */
  override = null;
  lifetimes = { refresh_after_s: 30, expires_after_s: 60 };
  #serial = 1;
  keys = [newSigningKey("key-1")];

  /** @param {{token: string}} options */
  constructor({ token }) {
    this.token = token;
    this.http = new LoopbackServer((request, response) => this.#handle(request, response));
  }

  get origin() {
    return this.http.origin;
  }

  /**
   * @param {string} kind
   * @param {string} credential
   * @param {Account} account
   */
  enrol(kind, credential, account) {
    this.accounts.set(`${kind} ${credential}`, account);
  }

  /**
   * @param {string} kind
   * @param {string} credential
   */
  revoke(kind, credential) {
    this.accounts.delete(`${kind} ${credential}`);
  }

  /** The next key is published while the current one still signs. */
  publishNextKey() {
    this.#serial += 1;
    this.keys.push(newSigningKey(`key-${this.#serial}`));
  }

  /** The newest key signs from now on; older ones stay published until `retireOldKeys`. */
  useNewestKey() {
    const newest = this.keys.pop();
    if (newest) this.keys.unshift(newest);
  }

  retireOldKeys() {
    this.keys.length = 1;
  }

  /**
   * @param {string} workspace
   * @param {string} to
   * @returns {string} the signed statement for the region that it leaves
   */
  move(workspace, to) {
    const place = this.places.get(workspace) ?? { region: to, version: 0 };
    const moved = { region: to, version: place.version + 1 };
    this.places.set(workspace, moved);
    return this.signMoved({ sub: workspace, from: place.region, to, version: moved.version });
  }

  /** @param {Record<string, unknown>} claims */
  signMoved(claims) {
    return signJwt(this.#signingKey(), "moved+jwt", { iss: "auth", iat: Math.floor(Date.now() / 1000), ...claims });
  }

  /** @param {Record<string, unknown>} claims */
  signContext(claims) {
    const iat = Math.floor(Date.now() / 1000);
    const standard = { iss: "auth", iat, nbf: iat - NOT_BEFORE_S, exp: iat + CONTEXT_LIFETIME_S };
    return signJwt(this.#signingKey(), "context+jwt", { ...standard, ...claims });
  }

  #signingKey() {
    const [key] = this.keys;
    if (key === undefined) throw new Error("no signing key");
    return key;
  }

  /**
   * @param {import("./http.js").IncomingMessage} request
   * @param {import("./http.js").ServerResponse} response
   */
  async #handle(request, response) {
    if (request.url === "/.well-known/jwks.json") return sendJson(response, 200, { keys: this.keys.map((key) => key.jwk) });
    const received = await readBody(request);
    const question = request.url === "/v1/route" ? JSON.parse(received.toString()) : null;
    if (question) this.questions.push({ ...question, credential: undefined });
    if (this.override !== null) return this.override(request, response);
    if (request.headers.authorization !== `Bearer ${this.token}`) return sendJson(response, 403, { error: "caller_refused" });
    if (question === null) return this.#deliver(request, response, received);
    const [status, answer] = question.kind.startsWith("key:") ? this.#answerOfKey(question) : this.#answer(question);
    return sendJson(response, status, answer);
  }

  /**
   * @param {import("./http.js").IncomingMessage} request
   * @param {import("./http.js").ServerResponse} response
   * @param {Buffer} body
   */
  #deliver(request, response, body) {
    if (body.length > MAX_DELIVERY_BYTES) return sendJson(response, 413, {});
    this.deliveries.push({ headers: request.headers, body });
    response.writeHead(202).end();
  }

  /**
   * @param {any} question
   * @returns {[number, object]}
   */
  #answerOfKey({ kind, credential, workspace }) {
    const id = workspace || this.claims.get(`${kind} ${credential}`) || "";
    const place = this.places.get(id);
    if (place === undefined) return [404, { error: "unknown_key" }];
    const context = this.signContext({ aud: place.region, sub: null, workspace: id, version: place.version, kind });
    return [200, { kind, region: place.region, workspace: id, version: place.version, context, ...this.lifetimes }];
  }

  /**
   * @param {any} question
   * @returns {[number, object]}
   */
  #answer({ kind, credential, workspace, placement }) {
    const account = this.accounts.get(`${kind} ${credential}`);
    if (account === undefined) return [401, { error: "invalid_credential" }];
    const id = workspace === "" ? account.home : account.workspaces[workspace];
    if (id === undefined) return [403, { error: "not_a_member" }];
    const unplaced = account.pin ?? placement;
    if (id === null && unplaced === "") return [409, { error: "not_placed" }];
    const place = id === null ? { region: unplaced, version: 0 } : this.places.get(id);
    if (place === undefined) return [404, { error: "unknown_workspace" }];
    const context = this.signContext({ aud: place.region, sub: account.user, workspace: id, version: place.version, kind });
    const answer = { kind, region: place.region, workspace: id, version: place.version, context, ...this.lifetimes };
    return id === null && unplaced !== placement ? [409, { error: "placed_elsewhere", ...answer }] : [200, answer];
  }
}
