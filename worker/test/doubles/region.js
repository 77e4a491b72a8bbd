/**
 * A test double of a region's ingress: it verifies signed contexts, authenticates by itself where there is none,
 * answers "moved" for what has left, and otherwise tells what it received.
 */

import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";

import { WebSocketServer } from "ws";

import { LoopbackServer, sendJson } from "./http.js";
import { isSignedBy, peekJwt } from "./jwt.js";

const LEEWAY_S = 30;

/** @typedef {{user: string, workspace: string | null}} Identity */

export class RegionDouble {
  /** @type {Map<string, Identity>} the region's own table of credentials, by kind and credential */
  residents = new Map();
  /** @type {Map<string, string>} workspaces that have left -> the auth service's signed statement */
  tombstones = new Map();
  /** @type {Map<string, string>} credentials that have left -> the workspace that they left with */
  formerResidents = new Map();
  /** @type {Map<string, any>} */
  #jwks = new Map();
  /** @type {Set<import("ws").WebSocket>} */
  sockets = new Set();
  requests = 0;
  /** Set to answer in another way than the contract says. @type {import("./http.js").Handler | null} */
  override = null;

  /** @param {{name: string, auth: import("./auth.js").AuthDouble, tls?: import("node:https").ServerOptions}} options */
  constructor({ name, auth, tls = {} }) {
    this.name = name;
    this.auth = auth;
    // As much as the contract asks of a region, and no more.
    this.http = new LoopbackServer((request, response) => this.#handle(request, response), { ...tls, maxHeaderSize: 48 * 1024 });
    this.http.server.maxHeadersCount = 120;
    this.#acceptWebSockets();
  }

  get origin() {
    return this.http.origin;
  }

  /**
   * The workspace leaves: what the real region does when the broadcast reaches it.
   *
   * @param {string} workspace
   * @param {string} statement
   */
  leave(workspace, statement) {
    this.tombstones.set(workspace, statement);
    for (const [credential, identity] of this.residents) {
      if (identity.workspace !== workspace) continue;
      this.residents.delete(credential);
      this.formerResidents.set(credential, workspace);
    }
  }

  /**
   * @param {import("./http.js").IncomingMessage} request
   * @param {import("./http.js").ServerResponse} response
   */
  async #handle(request, response) {
    this.requests += 1;
    if (this.override !== null) return this.override(request, response);
    const identity = await this.#identify(request);
    if ("status" in identity) return sendJson(response, identity.status, identity.body, identity.headers);
    const url = new URL(request.url ?? "/", "http://region");
    const answer = ENDPOINTS[url.pathname] ?? ENDPOINTS["/echo"];
    return answer?.(request, response, { region: this.name, identity });
  }

  /**
   * @param {import("./http.js").IncomingMessage} request
   * @returns {Promise<Identity | {status: number, body: object, headers: Record<string, string>}>}
   */
  async #identify(request) {
    const credential = credentialOf(request);
    const context = request.headers["x-edge-context"];
    if (typeof context === "string") {
      const claims = await this.#verify(context);
      if (claims === null) return { status: 401, body: { error: "invalid_context", region: this.name }, headers: {} };
      return this.#movedAway(claims.workspace, claims.version) ?? { user: claims.sub, workspace: claims.workspace };
    }
    if (credential === null) return { user: "anonymous", workspace: null };
    const left = this.formerResidents.get(credential);
    if (left !== undefined) return this.#movedAway(left, 0) ?? { status: 401, body: {}, headers: {} };
    return this.residents.get(credential) ?? { status: 401, body: { error: "not_here", region: this.name }, headers: {} };
  }

  /**
   * @param {string} workspace
   * @param {number} version the sender's: newer than the statement means that the workspace has come back
   */
  #movedAway(workspace, version) {
    const statement = this.tombstones.get(workspace);
    if (statement === undefined || peekJwt(statement)?.claims.version <= version) return null;
    return { status: 421, body: { error: "moved" }, headers: { "x-edge-moved": statement } };
  }

  /**
   * @param {string} token
   * @returns {Promise<any>} the claims, or null
   */
  async #verify(token) {
    const jwt = peekJwt(token);
    if (jwt === null || jwt.header.alg !== "EdDSA" || jwt.header.typ !== "context+jwt") return null;
    if (!this.#jwks.has(jwt.header.kid)) await this.#loadKeys();
    const jwk = this.#jwks.get(jwt.header.kid);
    if (jwk === undefined || !isSignedBy(token, jwk)) return null;
    const now = Date.now() / 1000;
    const { aud, exp, nbf } = jwt.claims;
    return aud === this.name && now < exp + LEEWAY_S && now > nbf - LEEWAY_S ? jwt.claims : null;
  }

  async #loadKeys() {
    const response = await fetch(`${this.auth.origin}/.well-known/jwks.json`).catch(() => null);
    const { keys = [] } = /** @type {any} */ (response === null ? {} : await response.json());
    for (const jwk of keys) this.#jwks.set(jwk.kid, jwk);
  }

  #acceptWebSockets() {
    const sockets = new WebSocketServer({ noServer: true, handleProtocols: (protocols) => [...protocols][0] ?? false });
    this.http.server.on("upgrade", async (request, socket, head) => {
      const identity = await this.#identify(request);
      if ("status" in identity) {
        const headers = Object.entries(identity.headers).map(([name, value]) => `${name}: ${value}\r\n`).join("");
        socket.end(`HTTP/1.1 ${identity.status} Refused\r\n${headers}content-length: 0\r\nconnection: close\r\n\r\n`);
        return;
      }
      sockets.handleUpgrade(request, socket, head, (ws) => this.#converse(ws, identity));
    });
  }

  /**
   * @param {import("ws").WebSocket} ws
   * @param {Identity} identity
   */
  #converse(ws, identity) {
    this.sockets.add(ws);
    ws.on("close", () => this.sockets.delete(ws));
    ws.on("message", (data, isBinary) => {
      if (!isBinary && data.toString().startsWith("close ")) return ws.close(Number(data.toString().slice(6)), "as asked");
      return ws.send(data, { binary: isBinary });
    });
    ws.send(JSON.stringify({ region: this.name, identity }));
  }
}

/** @param {import("./http.js").IncomingMessage} request */
function credentialOf({ headers }) {
  const session = /(?:^|;)[ \t]*__Host-session[ \t]*=[ \t]*([^;]*[^; \t])/.exec(headers.cookie ?? "")?.[1];
  if (session !== undefined) return `cookie ${session}`;
  if (headers.authorization !== undefined) return headers.authorization.replace("Bearer", "bearer");
  return headers["x-api-key"] === undefined ? null : `api-key ${headers["x-api-key"]}`;
}

/** @typedef {(request: import("./http.js").IncomingMessage, response: import("./http.js").ServerResponse, who: {region: string, identity: Identity}) => Promise<void> | void} Endpoint */

/** @type {Record<string, Endpoint>} */
const ENDPOINTS = {
  "/echo": async (request, response, who) => {
    const { bytes, sha256 } = await digest(request);
    sendJson(response, 200, { ...who, method: request.method, url: request.url, headers: request.headers, rawHeaders: request.rawHeaders, bytes, sha256 });
  },
  "/leak": (_request, response) => {
    sendJson(response, 200, {}, { "x-edge-context": "secret", "X-Edge-Debug": "secret", x_edge_odd: "secret", "set-cookie": ["a=1", "b=2"], "x-public": "yes" });
  },
  "/redirect": (_request, response) => {
    response.writeHead(302, { location: "/echo" }).end();
  },
  "/gzip": (_request, response) => {
    const body = gzipSync("compressed once");
    response.writeHead(200, { "content-type": "text/plain", "content-encoding": "gzip", "content-length": body.length }).end(body);
  },
  "/missing": (_request, response) => sendJson(response, 404, { error: "missing" }),
  "/broken": (_request, response) => {
    response.destroy();
  },
  "/mirror": (request, response) => {
    response.writeHead(200, { "content-type": "application/octet-stream" });
    request.pipe(response);
  },
};

/** @param {AsyncIterable<Buffer>} body */
async function digest(body) {
  const hash = createHash("sha256");
  let bytes = 0;
  for await (const chunk of body) {
    hash.update(chunk);
    bytes += chunk.length;
  }
  return { bytes, sha256: hash.digest("hex") };
}
