import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";

import { newSigningKey, signJwt } from "../doubles/jwt.js";
import { Fleet, send, session } from "./fleet.js";

/** @type {Fleet} */
let fleet;
/** @type {string} a user of her own for each test, in us-east and known to the Worker */
let user;
let serial = 0;

beforeAll(async () => {
  fleet = await Fleet.start();
});

beforeEach(async () => {
  serial += 1;
  user = `user-${serial}`;
  fleet.enrol({ kind: "cookie", credential: user, workspace: user, region: "us-east" });
  await send(fleet.origin, "/", { headers: session(user) });
});

afterEach(async () => {
  fleet.auth.override = null;
  if (!fleet.auth.http.server.listening) await fleet.auth.http.up();
});

afterAll(() => fleet.stop());

/** The whole move: the auth service decides, the old region learns of it, the new one has the data. */
function move() {
  const statement = fleet.auth.move(user, "eu-west");
  fleet.regions["us-east"].leave(user, statement);
  fleet.regions["eu-west"].residents.set(`cookie ${user}`, { user: `user-of-${user}`, workspace: user });
  return statement;
}

test("a moved workspace is asked for once more and served by its new region, and then at once", async () => {
  move();
  const asked = fleet.auth.questions.length;
  const first = await send(fleet.origin, "/x?y=1", { headers: session(user) });
  const second = await send(fleet.origin, "/", { headers: session(user) });
  expect([first.status, first.json.region, first.json.url, first.json.headers["x-edge-hop"]]).toEqual([200, "eu-west", "/x?y=1", "2"]);
  expect(first.json.headers["x-edge-context-state"]).toBe("fresh");
  expect(second.json.headers["x-edge-hop"]).toBe("1");
  expect(fleet.auth.questions.length).toBe(asked + 1);
});

test("a request without a body is sent again whatever its method: by 421 the region says that it did nothing", async () => {
  move();
  const { status, json } = await send(fleet.origin, "/", { method: "DELETE", headers: session(user) });
  expect([status, json.region, json.method]).toEqual([200, "eu-west", "DELETE"]);
});

test("a body is never sent twice: the client is told to, and its next try is right", async () => {
  move();
  const before = fleet.regions["eu-west"].requests;
  const first = await send(fleet.origin, "/", { method: "POST", headers: session(user), body: "payload" });
  expect([first.status, first.json.error.code, first.headers["retry-after"]]).toEqual([503, "region_moved", "1"]);
  expect(fleet.regions["eu-west"].requests).toBe(before);
  const second = await send(fleet.origin, "/", { method: "POST", headers: session(user), body: "payload" });
  expect([second.status, second.json.region, second.json.bytes]).toEqual([200, "eu-west", 7]);
});

test("with the auth service down the new region gets the request unsigned and authenticates by itself", async () => {
  move();
  await fleet.auth.http.down();
  const first = await send(fleet.origin, "/", { headers: session(user) });
  const second = await send(fleet.origin, "/", { headers: session(user) });
  for (const { status, json } of [first, second]) {
    expect([status, json.region, json.headers["x-edge-context-state"]]).toEqual([200, "eu-west", "none"]);
  }
  expect([first, second].map(({ json }) => json.headers["x-edge-hop"])).toEqual(["2", "1"]);
});

test("an auth service that is behind does not overwrite what the move said", async () => {
  fleet.regions["us-east"].leave(user, fleet.auth.signMoved({ sub: user, from: "us-east", to: "eu-west", version: 2 }));
  fleet.regions["eu-west"].residents.set(`cookie ${user}`, { user, workspace: user });
  const first = await send(fleet.origin, "/", { headers: session(user) });
  const second = await send(fleet.origin, "/", { headers: session(user) });
  for (const { json } of [first, second]) expect([json.region, json.headers["x-edge-context-state"]]).toEqual(["eu-west", "none"]);
});

test("a region that is behind is not believed: the context stays", async () => {
  fleet.regions["us-east"].override = (_request, response) => {
    const statement = fleet.auth.signMoved({ sub: user, from: "us-east", to: "eu-west", version: 1 });
    response.writeHead(421, { "x-edge-moved": statement }).end();
  };
  const during = await send(fleet.origin, "/", { headers: session(user) });
  fleet.regions["us-east"].override = null;
  const asked = fleet.auth.questions.length;
  const after = await send(fleet.origin, "/", { headers: session(user) });
  expect([during.status, during.json.error.code, after.json.region]).toEqual([503, "region_moved", "us-east"]);
  expect(fleet.auth.questions.length).toBe(asked);
});

test("two regions that each name the other end in 503, after one hop", async () => {
  const statement = move();
  fleet.regions["eu-west"].tombstones.set(user, fleet.auth.signMoved({ sub: user, from: "eu-west", to: "us-east", version: 9 }));
  const before = fleet.regions["us-east"].requests;
  const { status, json } = await send(fleet.origin, "/", { headers: session(user) });
  expect([status, json.error.code]).toEqual([503, "region_moved"]);
  expect(fleet.regions["us-east"].requests).toBe(before + 1);
  expect(statement).toBeTruthy();
});

const claims = () => ({ sub: user, from: "us-east", to: "eu-west", version: 2 });

test.each([
  ["missing", () => ""],
  ["no JWT", () => "moved"],
  ["signed by somebody else", () => signJwt(newSigningKey("key-1"), "moved+jwt", claims())],
  ["signed by an unknown key", () => signJwt(newSigningKey("key-9"), "moved+jwt", claims())],
  ["a context", () => fleet.auth.signContext(claims())],
  ["unsigned", () => `${Buffer.from('{"alg":"none","typ":"moved+jwt"}').toString("base64url")}.e30.`],
  ["about another workspace", () => fleet.auth.signMoved({ ...claims(), sub: "another" })],
  ["without a version", () => fleet.auth.signMoved({ ...claims(), version: "2" })],
])("a statement that is %s leads nowhere", async (_name, statement) => {
  fleet.regions["us-east"].override = (_request, response) => {
    response.writeHead(421, statement() ? { "x-edge-moved": statement() } : {}).end();
  };
  const before = fleet.regions["eu-west"].requests;
  const { status, json, headers } = await send(fleet.origin, "/", { headers: session(user) });
  fleet.regions["us-east"].override = null;
  expect([status, json.error.code, headers["x-edge-moved"]]).toEqual([502, "bad_reroute", undefined]);
  expect(fleet.regions["eu-west"].requests).toBe(before);
});

test("cold memory and no auth service: KV knows the region, and its keys verify a move away from there", async () => {
  let origin = await fleet.deploy();
  await send(origin, "/", { headers: session(user) });
  await fleet.remembered(origin);
  await fleet.auth.http.down();
  origin = await fleet.restart(origin);
  const still = await send(origin, "/", { headers: session(user) });
  expect([still.status, still.json.region, still.json.headers["x-edge-context-state"]]).toEqual([200, "us-east", "none"]);
  move();
  const moved = await send(origin, "/", { headers: session(user) });
  expect([moved.status, moved.json.region, moved.json.headers["x-edge-hop"]]).toEqual([200, "eu-west", "2"]);
});

test("a move that nothing can verify, with the auth service down, is 503", async () => {
  const origin = await fleet.deploy();
  await fleet.auth.http.down();
  move();
  const { status, json } = await send(origin, "/", { headers: { cookie: `__Host-session=${user}; __Host-region=us-east` } });
  expect([status, json.error.code]).toEqual([503, "auth_unavailable"]);
});
