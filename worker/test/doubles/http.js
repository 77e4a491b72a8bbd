/** What both doubles share: a loopback server that can be taken down and brought back on the same port. */

import { once } from "node:events";
import { createServer } from "node:http";
import { createServer as createTlsServer, Server as TlsServer } from "node:https";

/** @typedef {import("node:http").IncomingMessage} IncomingMessage */
/** @typedef {import("node:http").ServerResponse} ServerResponse */
/** @typedef {(request: IncomingMessage, response: ServerResponse) => Promise<void> | void} Handler */

export class LoopbackServer {
  port = 0;
  /** @type {import("node:http").Server} */
  server;
  /** @type {Set<import("node:stream").Duplex>} */
  #sockets = new Set();

  /**
   * @param {Handler} handler
   * @param {import("node:https").ServerOptions} [options] with a key it speaks TLS
   */
  constructor(handler, options = {}) {
    // Worker and double share one machine: a kept connection that the server drops would look like a broken region.
    const patient = { keepAliveTimeout: 0, requestTimeout: 0, ...options };
    /** @type {Handler} */
    const handle = (request, response) => {
      Promise.resolve(handler(request, response)).catch((error) => response.destroy(error));
    };
    this.server = options.key === undefined ? createServer(patient, handle) : createTlsServer(patient, handle);
    this.server.on("tlsClientError", () => {}); // a client without the right certificate
    this.server.on("connection", (socket) => {
      this.#sockets.add(socket);
      socket.on("error", () => {});
      socket.on("close", () => this.#sockets.delete(socket));
    });
  }

  get origin() {
    return `http${this.server instanceof TlsServer ? "s" : ""}://127.0.0.1:${this.port}`;
  }

  async up() {
    this.server.listen(this.port, "127.0.0.1");
    await once(this.server, "listening");
    const address = this.server.address();
    if (address !== null && typeof address === "object") this.port = address.port;
  }

  /** Refuses new connections and breaks off the open ones, as a killed process does. */
  async down() {
    if (!this.server.listening) return;
    const closed = once(this.server, "close");
    this.server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }
}

/** @param {IncomingMessage} request */
export async function readBody(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/**
 * @param {ServerResponse} response
 * @param {number} status
 * @param {unknown} body
 * @param {Record<string, string | string[]>} [headers]
 */
export function sendJson(response, status, body, headers = {}) {
  response.writeHead(status, { "content-type": "application/json", ...headers });
  response.end(JSON.stringify(body));
}
