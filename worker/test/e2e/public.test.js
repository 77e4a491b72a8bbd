/** Requests that belong to a workspace and carry nobody's credential. */

import { once } from "node:events";

import { afterAll, beforeAll, expect, test } from "vitest";
import { WebSocket } from "ws";

import { Fleet, send, session } from "./fleet.js";
import { sendRaw } from "./raw.js";

const RANDOM = "Zm9yLXRlc3RzLW9ubHktMTIzNA";
const FILE = `/files/acme.${RANDOM}/a.pdf`;
const KIB = 1024;
const PUBLIC_REQUESTS = {
  version: 9,
  requests: [
    { path: "/files/{key}/**", kind: "file", minted: true },
    { path: "/oauth/*/callback", kind: "oauth-state", minted: true, query: "state", forward: ["cookie"] },
    { path: "/leak", kind: "leak", minted: true, query: "key" },
    { path: "/sync", kind: "socket", query: "key" },
    { path: "/hooks/git", kind: "git-hook", header: "x-hook-id" },
    { path: "/hooks/chat/{key}", kind: "chat-hook" },
    { path: "/hooks/billing", kind: "billing", deliver: "all", headers: ["x-signature", "x-more"] },
  ],
};

/** @type {Fleet} */
let fleet;
let origin = "";

beforeAll(async () => {
  fleet = await Fleet.start();
  fleet.enrol({ kind: "cookie", credential: "canary-anna", workspace: "acme", region: "eu-west" });
  fleet.enrol({ kind: "cookie", credential: "canary-mallory", workspace: "mischief", region: "us-east" });
  fleet.auth.claims.set("key:git-hook 871", "acme").set("key:chat-hook 871", "mischief");
  origin = await fleet.deploy({ bindings: { PUBLIC_REQUESTS } });
});

afterAll(() => fleet.stop());

test("a link leads to its workspace's region, with a context that names no user, and what is secret of it to nobody else", async () => {
  const { json } = await send(origin, FILE);
  expect(json).toMatchObject({ region: "eu-west", url: FILE, identity: { user: null, workspace: "acme" } });
  expect(json.headers).toMatchObject({ "x-edge-placement": "key", "x-edge-context-state": "fresh" });
  expect(fleet.auth.questions.at(-1)).toMatchObject({ kind: "key:file", workspace: "acme", placement: "" });
  expect(JSON.stringify(fleet.auth.questions)).not.toContain(RANDOM);
  const asked = fleet.auth.questions.length;
  expect((await send(origin, FILE.replace(RANDOM, RANDOM.toUpperCase()))).json.region).toBe("eu-west");
  expect(fleet.auth.questions.length).toBe(asked);
});

test("whatever credentials and signs come along are not read and do not go on", async () => {
  const headers = { cookie: "__Host-session=canary-mallory; __Host-session=b", authorization: "Basic x", "x-api-key": "a b", "x-workspace": "../x", "x-region-choice": "mars", "x-time-zone": "Europe/Rome" };
  const { status, json } = await send(origin, `${FILE}?workspace=mischief&workspace=b`, { headers });
  expect([status, json.region, json.identity]).toEqual([200, "eu-west", { user: null, workspace: "acme" }]);
  expect(Object.keys(json.headers).filter((name) => name in headers)).toEqual([]);
  expect(json.url).toBe(`${FILE}?workspace=mischief&workspace=b`);
});

test("a pattern that forwards cookies forwards them alone, and is routed by the key all the same", async () => {
  const headers = { ...session("canary-mallory"), "x-api-key": "k" };
  const { json } = await send(origin, `/oauth/git/callback?state=acme.${RANDOM}`, { headers });
  expect([json.region, json.identity.user]).toEqual(["eu-west", null]);
  expect([json.headers.cookie, json.headers["x-api-key"]]).toEqual([headers.cookie, undefined]);
});

test("a link sets nobody's cookies, unless its pattern forwards them", async () => {
  const link = await send(origin, `/leak?key=acme.${RANDOM}`);
  const forwarding = { ...PUBLIC_REQUESTS, requests: [{ path: "/leak", kind: "leak", minted: true, query: "key", forward: ["cookie"] }] };
  const other = await fleet.deploy({ bindings: { PUBLIC_REQUESTS: forwarding } });
  const callback = await send(other, `/leak?key=acme.${RANDOM}`);
  expect([link.headers["set-cookie"], link.headers["x-public"]]).toEqual([undefined, "yes"]);
  expect(callback.headers["set-cookie"]).toEqual(["a=1", "b=2"]);
});

test("a WebSocket that a key routes passes frames, and carries no user either", async () => {
  fleet.auth.claims.set("key:socket board-1", "acme");
  const socket = new WebSocket(`${origin.replace("http", "ws")}/sync?key=board-1`, { headers: session("canary-mallory") });
  const [hello] = await once(socket, "message");
  const echoed = once(socket, "message");
  socket.send("text");
  const [data] = await echoed;
  socket.terminate();
  expect([JSON.parse(hello.toString()), data.toString()]).toEqual([{ region: "eu-west", identity: { user: null, workspace: "acme" } }, "text"]);
});

test("a third party's id leads to who claimed it, and the same id of another kind to another", async () => {
  const hook = await send(origin, "/hooks/git", { method: "POST", headers: { "x-hook-id": "871", x_hook_id: "872" }, body: "push" });
  const chat = await send(origin, "/hooks/chat/871", { method: "POST", body: "message" });
  expect([hook.json.region, hook.json.identity.workspace, hook.json.bytes]).toEqual(["eu-west", "acme", 4]);
  expect([chat.json.region, chat.json.identity.workspace]).toEqual(["us-east", "mischief"]);
  expect([hook.json.headers["x-hook-id"], hook.json.headers.x_hook_id]).toEqual(["871", undefined]);
});

test("a session is no key and a key is no session", async () => {
  fleet.auth.claims.set("key:chat-hook canary-anna", "mischief");
  const key = await send(origin, "/hooks/chat/canary-anna");
  const cookie = await send(origin, "/", { headers: session("canary-anna") });
  const nobody = await send(origin, "/", { headers: session("871") });
  expect([key.json.identity, cookie.json.identity.workspace, nobody.status]).toEqual([{ user: null, workspace: "mischief" }, "acme", 401]);
});

test.each([
  ["nobody's id", "/hooks/git", { "x-hook-id": "872" }],
  ["a workspace that is not there", `/files/nowhere.${RANDOM}/a`, {}],
])("%s is 404, which signs nobody out", async (_name, path, headers) => {
  const { status, json, headers: answered } = await send(origin, path, { headers: { ...session("canary-anna"), ...headers } });
  expect([status, json.error.code, answered["set-cookie"], answered["www-authenticate"]]).toEqual([404, "unknown_key", undefined, undefined]);
});

test.each([
  ["malformed_key", 400, "/oauth/git/callback", {}],
  ["malformed_key", 400, "/files/acme.short/a", {}],
  ["ambiguous_path", 400, FILE.replace("files", "%66iles"), {}],
  ["ambiguous_path", 400, FILE.replace("/files", "//files"), {}],
  ["ambiguous_path", 400, `${FILE}/..%2F..%2F..%2Fapi`, {}],
  ["ambiguous_path", 400, "/Hooks/billing", {}],
  ["header_too_large", 431, FILE.replace(RANDOM, "x".repeat(512)), {}],
  ["duplicate_header", 431, "/oauth/git/callback?state=a.b&state=c.d", {}],
  ["duplicate_header", 431, "/hooks/git", { "x-hook-id": ["871", "872"] }],
])("%s is %i: %s", async (code, expected, path, headers) => {
  const asked = fleet.auth.questions.length;
  const { status, json } = await send(origin, path, { headers: /** @type {any} */ (headers) });
  expect([status, json.error.code]).toEqual([expected, code]);
  expect(fleet.auth.questions.length).toBe(asked);
});

test("dot segments are resolved before the list is asked, in the Worker and for the region alike", async () => {
  // Node's client would resolve them by itself.
  const answer = await sendRaw(origin, `GET /api/%2e%2e/x/..${FILE} HTTP/1.1\r\nHost: app.example\r\nConnection: close\r\n\r\n`);
  expect(answer).toContain(`"url":"${FILE}"`);
  expect(answer).toContain(`"user":null`);
});

test("a moved workspace's keys follow it, by the first answer that any request of it gets", async () => {
  fleet.enrol({ kind: "cookie", credential: "carl", workspace: "cogs", region: "us-east" });
  const path = `/files/cogs.${RANDOM}/a`;
  const before = await send(origin, path);
  fleet.regions["us-east"].leave("cogs", fleet.auth.move("cogs", "eu-west"));
  const session_ = await send(origin, "/", { headers: session("carl") });
  const after = await send(origin, path);
  expect([before.json.region, session_.json.region, after.json.region]).toEqual(["us-east", "eu-west", "eu-west"]);
  expect(after.json.headers["x-edge-hop"]).toBe("1");
});

test("with the auth service down, known keys are served, and of others nobody is asked to guess", async () => {
  const own = await fleet.deploy({ bindings: { PUBLIC_REQUESTS } });
  await send(own, FILE);
  await fleet.auth.http.down();
  const known = await send(own, FILE);
  const unknown = await send(own, `/files/mischief.${RANDOM}/a`, { headers: { cookie: "__Host-region=us-east" } });
  const delivered = await send(own, "/hooks/billing", { method: "POST", body: "x" });
  await fleet.auth.http.up();
  expect([known.status, known.json.identity.workspace]).toEqual([200, "acme"]);
  for (const { status, json, headers } of [unknown, delivered]) expect([status, json.error.code, headers["retry-after"]]).toEqual([503, "auth_unavailable", "5"]);
});

test("a flood of made-up keys occupies twenty calls and its own breaker, and slows down nobody with a credential", async () => {
  const own = await fleet.deploy({ bindings: { PUBLIC_REQUESTS, AUTH_TIMEOUT_MS: "1000" } });
  fleet.auth.override = (_request, response) => {
    // Of keys it says nothing at all; sessions get their answer.
    if (fleet.auth.questions.at(-1).kind.startsWith("key:")) return;
    response.writeHead(401, { "content-type": "application/json" }).end(JSON.stringify({ error: "invalid_credential" }));
  };
  const asked = fleet.auth.questions.length;
  const flood = Promise.all(Array.from({ length: 60 }, (_, n) => send(own, `/hooks/chat/made-up-${n}`)));
  const refused = (await flood).map(({ status }) => status);
  const occupied = fleet.auth.questions.length - asked;
  const member = await send(own, "/", { headers: session("nobody") });
  const after = await send(own, "/hooks/chat/made-up");
  fleet.auth.override = null;
  expect([new Set(refused), occupied, member.status, after.status]).toEqual([new Set([503]), 20, 401, 503]);
  expect(fleet.auth.questions.length).toBe(asked + 21);
});

test("an answer about another workspace than the key's is no answer", async () => {
  const own = await fleet.deploy({ bindings: { PUBLIC_REQUESTS } });
  const [kind, workspace] = ["key:file", "mischief"];
  const context = fleet.auth.signContext({ aud: "us-east", sub: null, workspace, version: 1, kind });
  const answer = { kind, region: "us-east", workspace, version: 1, context, ...fleet.auth.lifetimes };
  fleet.auth.override = (_request, response) => void response.writeHead(200).end(JSON.stringify(answer));
  const { status, json } = await send(own, FILE);
  fleet.auth.override = null;
  expect([status, json.error.code]).toEqual([503, "auth_unavailable"]);
});

test("a list that breaks a rule fails every request", async () => {
  const own = await fleet.deploy({ bindings: { PUBLIC_REQUESTS: { version: 1, requests: [{ path: "/{key}", kind: "x" }] } } });
  const { status, json } = await send(own, "/");
  expect([status, json.error.code]).toEqual([500, "misconfigured"]);
});

test("the log names the kind and the list, and no key", async () => {
  const { json } = await send(origin, FILE);
  const logged = await fleet.logged(json.headers["x-request-id"]);
  expect(logged).toMatchObject({ kind: "key:file", region: "eu-west", list: 9, status: 200 });
  expect(fleet.logs.join("")).not.toContain(RANDOM);
});

/** @param {string | Buffer} body @param {Record<string, string>} [headers] */
const billing = (body, headers = {}) => send(origin, "/hooks/billing?x=1", { method: "POST", headers, body });

test("a body for every region reaches the auth service byte for byte, with its path and the headers that are listed", async () => {
  const body = Buffer.from(Array.from({ length: 256 * KIB }, (_, n) => n % 251));
  const { status, json } = await billing(body, { ...session("canary-anna"), authorization: "Bearer canary", "x-signature": "t=1,v1=abc", "x-other": "no", "x-deliver-kind": "file" });
  const [delivered] = fleet.auth.deliveries.slice(-1);
  expect([status, json.accepted]).toEqual([202, true]);
  expect(delivered?.body.equals(body)).toBe(true);
  const { headers = {} } = delivered ?? {};
  expect(headers).toMatchObject({
    "content-type": "application/octet-stream", "x-request-id": json.request_id, "x-deliver-kind": "billing", "x-deliver-path": "/hooks/billing?x=1",
    "x-deliver-header-x-signature": "t=1,v1=abc",
  });
  expect([headers["x-deliver-id"], Math.abs(Date.now() - Number(headers["x-deliver-received-at"])) < 60_000]).toEqual([json.request_id, true]);
  expect(JSON.stringify(headers)).not.toContain("canary");
  expect(Object.keys(headers).filter((name) => name.startsWith("x-deliver-header-") || name === "x-other")).toEqual(["x-deliver-header-x-signature"]);
});

test.each([
  ["of known length", { "content-length": String(256 * KIB + 1) }],
  ["in chunks", { "transfer-encoding": "chunked" }],
])("a body of 256 KiB and one byte, %s, is refused and delivered to nobody", async (_name, headers) => {
  const before = fleet.auth.deliveries.length;
  const { status, json } = await billing(Buffer.alloc(256 * KIB + 1), headers);
  expect([status, json.error.code]).toEqual([413, "too_large"]);
  expect(fleet.auth.deliveries.length).toBe(before);
});

test("another method than POST is 405", async () => {
  const { status, json, headers } = await send(origin, "/hooks/billing");
  expect([status, json.error.code, headers.allow]).toEqual([405, "method_not_allowed", "POST"]);
});

test("what the auth service did not publish is not accepted", async () => {
  for (const status of [200, 403, 413, 500]) {
    fleet.auth.override = (_request, response) => void response.writeHead(status).end("{}");
    const answer = await billing("x");
    fleet.auth.override = null;
    expect([answer.status, answer.json.error.code]).toEqual([503, "auth_unavailable"]);
  }
});
