/** Bytes over a socket, for what no HTTP client would send. */

import { once } from "node:events";
import { connect } from "node:net";

/**
 * @param {string} origin
 * @param {string} request in full; it must make the server close the connection
 * @returns {Promise<string>} all that comes back
 */
export async function sendRaw(origin, request) {
  const { hostname, port } = new URL(origin);
  const socket = connect(Number(port), hostname);
  let received = "";
  socket.on("data", (chunk) => {
    received += chunk.toString("latin1");
  });
  socket.end(request, "latin1");
  await once(socket, "close");
  return received;
}
