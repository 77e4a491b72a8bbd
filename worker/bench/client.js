/** One kept connection that sends the same request again and again: as little client as there can be. */

import { once } from "node:events";
import { connect } from "node:net";

const END_OF_HEAD = "\r\n\r\n";

export class Connection {
  #received = "";
  /** @type {((status: number) => void) | null} */
  #done = null;

  /**
   * @param {string} origin
   * @param {Record<string, string>} headers
   */
  static async open(origin, headers) {
    const { hostname, port, host } = new URL(origin);
    const socket = connect({ port: Number(port), host: hostname, noDelay: true });
    await once(socket, "connect");
    const lines = Object.entries({ host, ...headers }).map(([name, value]) => `${name}: ${value}\r\n`);
    return new Connection(socket, `GET /bench HTTP/1.1\r\n${lines.join("")}\r\n`);
  }

  /**
   * @param {import("node:net").Socket} socket
   * @param {string} request
   */
  constructor(socket, request) {
    this.socket = socket;
    this.request = request;
    socket.setEncoding("latin1");
    socket.on("error", () => this.#done?.(0));
    socket.on("data", (chunk) => this.#receive(String(chunk)));
  }

  /** @returns {Promise<boolean>} once the whole response is here: whether it is 200 */
  async ask() {
    const status = await new Promise((resolve) => {
      this.#done = resolve;
      this.socket.write(this.request);
    });
    return status === 200;
  }

  close() {
    this.socket.destroy();
  }

  /** @param {string} chunk */
  #receive(chunk) {
    this.#received += chunk;
    const end = this.#received.indexOf(END_OF_HEAD);
    if (end === -1) return;
    const length = Number(/\r\ncontent-length: (\d+)/i.exec(this.#received)?.[1] ?? 0);
    if (this.#received.length < end + END_OF_HEAD.length + length) return;
    const status = Number(this.#received.slice("HTTP/1.1 ".length, "HTTP/1.1 200".length));
    this.#received = "";
    this.#done?.(status);
  }
}
