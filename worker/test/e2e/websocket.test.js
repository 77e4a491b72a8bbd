import { once } from "node:events";

import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { WebSocket } from "ws";

import { Fleet, session } from "./fleet.js";

/** @type {Fleet} */
let fleet;

beforeAll(async () => {
  fleet = await Fleet.start();
  fleet.enrol({ kind: "cookie", credential: "anna", workspace: "acme", region: "eu-west" });
  fleet.enrol({ kind: "cookie", credential: "bob", workspace: "bolts", region: "us-east" });
});

afterEach(async () => {
  for (const { http } of Object.values(fleet.regions)) if (!http.server.listening) await http.up();
});

afterAll(() => fleet.stop());

/**
 * @param {string} origin
 * @param {{path?: string, user?: string, protocols?: string[]}} [options]
 * @returns {Promise<{socket: WebSocket, hello: any}>} once the region has said hello
 */
async function open(origin, { path = "/sync", user = "anna", protocols = [] } = {}) {
  const socket = new WebSocket(origin.replace("http", "ws") + path, protocols, { headers: session(user) });
  const [hello] = await once(socket, "message");
  return { socket, hello: JSON.parse(hello.toString()) };
}

/**
 * @param {WebSocket} socket
 * @param {string | Buffer} message
 */
async function echo(socket, message) {
  const answer = once(socket, "message");
  socket.send(message);
  const [data, isBinary] = await answer;
  return isBinary ? data : data.toString();
}

test("a WebSocket is authenticated like a request, and text, bytes, subprotocol and close codes pass both ways", async () => {
  const { socket, hello } = await open(fleet.origin, { protocols: ["sync.v2"] });
  expect(hello).toEqual({ region: "eu-west", identity: { user: "user-of-acme", workspace: "acme" } });
  expect(socket.protocol).toBe("sync.v2");
  expect(await echo(socket, "text")).toBe("text");
  expect(await echo(socket, Buffer.from([0, 255, 1]))).toEqual(Buffer.from([0, 255, 1]));
  const closed = once(socket, "close");
  socket.send("close 4001");
  const [code, reason] = await closed;
  expect([code, reason.toString()]).toEqual([4001, "as asked"]);
});

test("the client's close code reaches the region", async () => {
  const { socket } = await open(fleet.origin);
  const [inside] = fleet.regions["eu-west"].sockets;
  if (inside === undefined) throw new Error("the region has no socket");
  const closed = once(inside, "close");
  socket.close(4002, "bye");
  const [code, reason] = await closed;
  expect([code, reason.toString()]).toEqual([4002, "bye"]);
});

test("a refused upgrade is an ordinary answer", async () => {
  const socket = new WebSocket(`${fleet.origin.replace("http", "ws")}/sync`, { headers: session("nobody") });
  const [, response] = await once(socket, "unexpected-response");
  socket.on("error", () => {});
  socket.terminate();
  expect(response.statusCode).toBe(401);
});

test("the upgrade of a moved workspace goes on to its new region", async () => {
  fleet.enrol({ kind: "cookie", credential: "carl", workspace: "cogs", region: "us-east" });
  const before = await open(fleet.origin, { user: "carl" });
  fleet.regions["us-east"].leave("cogs", fleet.auth.move("cogs", "eu-west"));
  const after = await open(fleet.origin, { user: "carl" });
  expect([before.hello.region, after.hello.region]).toEqual(["us-east", "eu-west"]);
  for (const { socket } of [before, after]) socket.terminate();
});

test("200 WebSockets stay open while the table changes; new ones follow it; they end with 1006 when the old Worker goes", async () => {
  const old = await fleet.deploy();
  const opened = [];
  for (let batch = 0; batch < 10; batch += 1) opened.push(...(await Promise.all(Array.from({ length: 20 }, () => open(old)))));
  const table = { ...fleet.table(), version: 2 };
  // The same region behind another name, so that it shows which table was read.
  table.regions["eu-west"].origin = fleet.regions["us-east"].origin;
  const renewed = await fleet.deploy({ table });
  const answers = await Promise.all(opened.map(({ socket }, n) => echo(socket, `message ${n}`)));
  expect(answers).toEqual(opened.map((_, n) => `message ${n}`));
  const refused = new WebSocket(`${renewed.replace("http", "ws")}/sync`, { headers: session("anna") });
  refused.on("error", () => {});
  const [, response] = await once(refused, "unexpected-response");
  refused.terminate();
  // us-east refuses a context for eu-west: the new table was followed, and no tenant crossed over by it.
  expect(response.statusCode).toBe(401);
  const ends = Promise.all(opened.map(({ socket }) => once(socket, "close")));
  await fleet.undeploy(old);
  expect(new Set((await ends).map(([code]) => code))).toEqual(new Set([1006]));
});

test("a killed region ends its sockets with 1006 and leaves the others alone", async () => {
  const own = await open(fleet.origin);
  const other = await open(fleet.origin, { user: "bob" });
  const ended = once(own.socket, "close");
  await fleet.regions["eu-west"].http.down();
  const [code] = await ended;
  expect(code).toBe(1006);
  expect(await echo(other.socket, "still here")).toBe("still here");
  await fleet.regions["eu-west"].http.up();
  const again = await open(fleet.origin);
  expect(again.hello.identity.workspace).toBe("acme");
  for (const { socket } of [other, again]) socket.terminate();
});
