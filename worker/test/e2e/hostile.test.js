import { afterAll, beforeAll, expect, test } from "vitest";

import { Fleet, send, session } from "./fleet.js";
import { sendRaw } from "./raw.js";

/** @type {Fleet} */
let fleet;

beforeAll(async () => {
  fleet = await Fleet.start();
  fleet.enrol({ kind: "cookie", credential: "canary-anna", workspace: "acme", region: "eu-west" });
  fleet.enrol({ kind: "cookie", credential: "canary-mallory", workspace: "mischief", region: "us-east" });
  fleet.enrol({ kind: "bearer", credential: "canary-bob", workspace: "bolts", region: "us-east" });
});

afterAll(() => fleet.stop());

test("nothing of the internal namespace that a client sends reaches a region", async () => {
  const context = fleet.auth.signContext({ aud: "us-east", sub: "admin", workspace: "acme", version: 99, kind: "cookie" });
  const spoofed = {
    "x-edge-context": context,
    "X-Edge-Region": "forged",
    x_edge_context: context,
    "x-edge_hop": "9",
    "x-edge-anything": "forged",
    "x-forwarded-for": "6.6.6.6",
    "x-forwarded-host": "forged.example",
    "x-real-ip": "6.6.6.6",
    "true-client-ip": "6.6.6.6",
    forwarded: "for=6.6.6.6",
    "proxy-authorization": "Basic forged",
    connection: "close, x-edge-context",
  };
  const anonymous = await send(fleet.origin, "/", { headers: spoofed });
  const mallory = await send(fleet.origin, "/", { headers: { ...session("canary-mallory"), ...spoofed } });
  expect(anonymous.json.identity).toEqual({ user: "anonymous", workspace: null });
  expect(mallory.json.identity.workspace).toBe("mischief");
  for (const { json } of [anonymous, mallory]) {
    expect(JSON.stringify(json.rawHeaders)).not.toMatch(/forged|6\.6\.6\.6/);
    expect(json.headers.x_edge_context).toBeUndefined();
    expect(json.headers["x-forwarded-host"]).toBe(new URL(fleet.origin).host);
  }
  expect(anonymous.json.headers["x-edge-context"]).toBeUndefined();
});

test("a name that a server of CGI's kind takes for one that the Worker has read reaches no region", async () => {
  const aliases = { x_api_key: "canary-key", "X-Workspace_": "kept", X_Workspace: "bolts", "x.region.choice": "us-east", "x-time+zone": "Europe/Rome", "x.edge.context": "forged" };
  const { json } = await send(fleet.origin, "/", { headers: { ...session("canary-anna"), ...aliases } });
  expect(json.identity.workspace).toBe("acme");
  expect(Object.keys(json.headers).filter((name) => /api|workspace|choice|zone|x.edge.context$/.test(name)).sort()).toEqual(["x-edge-context", "x-workspace_"]);
});

test("nothing of the internal namespace that a region answers reaches the client", async () => {
  const { headers } = await send(fleet.origin, "/leak", { headers: session("canary-anna") });
  expect(Object.keys(headers).filter((name) => /^x[-_]edge/.test(name))).toEqual([]);
  expect(headers["x-public"]).toBe("yes");
});

const CREDENTIALS = { cookie: "__Host-session=canary-anna", authorization: "Bearer canary-bob", "x-api-key": "canary-key" };

test.each([
  ["cookie", "authorization"],
  ["cookie", "x-api-key"],
  ["authorization", "x-api-key"],
])("two credentials at once, %s and %s, are refused before anybody is asked", async (one, other) => {
  const asked = fleet.auth.questions.length;
  const headers = Object.fromEntries(Object.entries(CREDENTIALS).filter(([name]) => name === one || name === other));
  const { status, json } = await send(fleet.origin, "/", { headers });
  expect([status, json.error.code]).toEqual([400, "ambiguous_credentials"]);
  expect(fleet.auth.questions.length).toBe(asked);
});

test.each([
  ["two session cookies in one header", { cookie: "__Host-session=canary-anna; __Host-session=canary-mallory" }],
  ["two cookie headers", { cookie: ["__Host-session=canary-anna", "__Host-session=canary-mallory"] }],
  ["13,000 fields of one name", { a: Array.from({ length: 13_000 }, () => "b") }],
  ["two Authorization headers", { authorization: "Bearer canary-bob, Bearer canary-eve" }],
  ["two API keys", { "x-api-key": ["canary-a", "canary-b"] }],
  ["two workspaces", { ...session("canary-anna"), "x-workspace": ["acme", "bolts"] }],
  ["a header of 33 KiB", { "x-large": "x".repeat(33 * 1024) }],
  // Node's client writes a string's characters as bytes: these are 9,000 characters of four bytes each.
  ["a header of 36 KiB in 9,000 characters", { "x-large": Buffer.from("\u{1f600}".repeat(9_000)).toString("latin1") }],
  ["101 headers", Object.fromEntries(Array.from({ length: 101 }, (_, n) => [`x-${n}`, "1"]))],
  ["a credential of 5,000 characters", session("x".repeat(5000))],
])("%s: 431", async (_name, headers) => {
  const asked = fleet.auth.questions.length;
  const { status } = await send(fleet.origin, "/", { headers });
  expect(status).toBe(431);
  expect(fleet.auth.questions.length).toBe(asked);
});

test.each(["workspace", "region_choice", "time_zone"])("a query with two of %s: 431", async (name) => {
  const asked = fleet.auth.questions.length;
  const { status, json } = await send(fleet.origin, `/?${name}=acme&${name}=bolts`, { headers: session("canary-anna") });
  expect([status, json.error.code]).toEqual([431, "duplicate_header"]);
  expect(fleet.auth.questions.length).toBe(asked);
});

/** @param {string} cookie one or more whole header lines, as bytes */
const withCookies = (cookie) => sendRaw(fleet.origin, `GET / HTTP/1.1\r\nHost: app.example\r\n${cookie}\r\nConnection: close\r\n\r\n`);

test.each([
  ["behind a comma", "Cookie: theme=dark,__Host-session=canary-mallory"],
  ["behind a comma and a blank", "Cookie: theme=dark, __Host-session=canary-mallory"],
  ["behind a no-break space", "Cookie: theme=dark; \u00a0__Host-session=canary-mallory"],
  ["in a second Cookie field", "Cookie: theme=dark\r\nCookie: __Host-session=canary-mallory"],
])("a session that a subdomain plants %s is nobody's, at the edge and in the region", async (_name, cookie) => {
  expect(await withCookies(cookie)).toContain(`"identity":{"user":"anonymous","workspace":null}`);
  const own = cookie.replace("Cookie: ", "Cookie: __Host-session=canary-anna; ");
  expect(await withCookies(own)).toContain(`"workspace":"acme"`);
});

test("what the Worker adds reaches the region, however many fields the client sends", async () => {
  const answer = await sendRaw(fleet.origin, `GET / HTTP/1.1\r\nHost: a.example\r\n${"A: b\r\n".repeat(995)}Connection: close\r\n\r\n`);
  expect(answer).toMatch(/^HTTP\/1\.1 200 /);
  for (const name of ["x-edge-region", "x-forwarded-for", "x-request-id"]) expect(answer).toContain(`"${name}":"`);
});

test.each([
  ["103", "HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n"],
  ["102", "HTTP/1.1 102 Processing\r\n\r\n"],
])("a region's informational %s is 502, said once, and the next request gets its own answer", async (_name, informational) => {
  const region = fleet.regions["us-east"];
  region.override = (request) => {
    request.socket.end(`${informational}HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\ncanary`, "latin1");
  };
  const { status, json } = await send(fleet.origin, "/", { headers: session("canary-mallory") });
  region.override = null;
  expect([status, json.error.code]).toEqual([502, "region_broken"]);
  expect((await send(fleet.origin, "/")).json.identity.user).toBe("anonymous");
  await fleet.logged(json.error.request_id);
  expect(fleet.logs.join("").split(json.error.request_id).length).toBe(2);
});

test.each([
  ["another scheme", { authorization: "Basic YTpi" }],
  ["an empty bearer token", { authorization: "Bearer" }],
  ["white space inside", { authorization: "Bearer a b" }],
  ["a quoted cookie", { cookie: '__Host-session="canary-anna"' }],
  ["letters beyond ASCII", { "x-api-key": "caf\u00e9" }],
  ["a workspace that is none", { ...session("canary-anna"), "x-workspace": "../acme" }],
])("%s: 400", async (_name, headers) => {
  const { status, json } = await send(fleet.origin, "/", { headers });
  expect([status, json.error.code]).toEqual([400, expect.stringMatching(/^malformed_/)]);
});

const POISON = [
  "accept", "accept-charset", "accept-encoding", "accept-language", "access-control-request-headers", "cache-control",
  "cf-connecting-ip", "cf-ipcountry", "cf-worker", "content-type", "cookie2", "date", "etag", "expect", "forwarded", "from",
  "host", "if-match", "if-modified-since", "if-none-match", "if-range", "max-forwards", "origin", "pragma", "range", "referer",
  "sec-fetch-site", "te", "traceparent", "user-agent", "vary", "via", "x-api-version", "x-edge-region", "x-edge-context",
  "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-forwarded-scheme", "x-host", "x-http-method-override",
  "x-original-url", "x-region-choice", "x-rewrite-url", "x-time-zone", "x-workspace",
];

test("no header of another client's request changes whose answer anybody gets", async () => {
  // A new Worker each time would hide it; the memory of one is what is to be poisoned.
  const values = ["acme", "eu-west", "__Host-session=canary-anna", new URL(fleet.origin).host];
  for (const [n, name] of POISON.entries()) {
    const value = String(values[n % values.length]);
    const mallory = await send(fleet.origin, "/", { headers: { ...session("canary-mallory"), [name]: value } });
    const anna = await send(fleet.origin, "/", { headers: session("canary-anna") });
    expect([name, anna.json.identity.workspace, anna.json.region]).toEqual([name, "acme", "eu-west"]);
    if (mallory.status === 200) expect([name, mallory.json.identity.workspace]).toEqual([name, "mischief"]);
    else expect([400, 403, 431]).toContain(mallory.status);
  }
});

test("the same characters as cookie, bearer token and API key are three credentials", async () => {
  fleet.enrol({ kind: "cookie", credential: "canary-same", workspace: "one", region: "us-east" });
  fleet.enrol({ kind: "bearer", credential: "canary-same", workspace: "two", region: "eu-west" });
  const cookie = await send(fleet.origin, "/", { headers: session("canary-same") });
  const bearer = await send(fleet.origin, "/", { headers: { authorization: "Bearer canary-same" } });
  const apiKey = await send(fleet.origin, "/", { headers: { "x-api-key": "canary-same" } });
  expect([cookie.json.identity.workspace, bearer.json.identity.workspace, apiKey.status]).toEqual(["one", "two", 401]);
});

test.each([
  ["a host in the path", "//evil.example/x", "//evil.example/x"],
  ["backslashes", "/\\evil.example\\x", "//evil.example/x"],
  ["dot segments", "/a/../../x", "/x"],
  ["encoded slashes", "/a%2f..%2fx?u=http://evil.example/", "/a%2f..%2fx?u=http://evil.example/"],
  ["an at sign", "/@evil.example/x", "/@evil.example/x"],
  ["a fragment", "/x#@evil.example/", "/x"],
])("a path with %s stays at the region", async (_name, path, seen) => {
  const answer = await sendRaw(fleet.origin, `GET ${path} HTTP/1.1\r\nHost: app.example\r\nCookie: __Host-session=canary-anna\r\nConnection: close\r\n\r\n`);
  expect(answer).toMatch(/^HTTP\/1\.1 200 /);
  expect(answer).toContain(`"region":"eu-west"`);
  expect(answer).toContain(`"url":${JSON.stringify(seen)}`);
});

test.each([
  ["both lengths", "POST / HTTP/1.1\r\nHost: a.example\r\nContent-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: a.example\r\nX-Edge-Region: forged\r\nConnection: close\r\n\r\n"],
  ["two lengths", "POST / HTTP/1.1\r\nHost: a.example\r\nContent-Length: 0\r\nContent-Length: 60\r\n\r\nGET /smuggled HTTP/1.1\r\nX-Edge-Region: forged\r\n\r\n"],
  ["two hosts", "GET / HTTP/1.1\r\nHost: a.example\r\nHost: b.example\r\nX-Edge-Region: forged\r\nConnection: close\r\n\r\n"],
  ["an absolute form", "GET http://evil.example/ HTTP/1.1\r\nHost: a.example\r\nX-Edge-Region: forged\r\nConnection: close\r\n\r\n"],
  ["a line break in a value", "GET / HTTP/1.1\r\nHost: a.example\r\nX-A: b\r\n X-Edge-Region: forged\r\nConnection: close\r\n\r\n"],
])("no request is smuggled past the edge by %s", async (_name, request) => {
  /** @type {(string | string[] | undefined)[]} */
  const seen = [];
  const { http } = fleet.regions["us-east"];
  /** @param {import("node:http").IncomingMessage} incoming */
  const watch = (incoming) => seen.push(incoming.headers["x-edge-region"]);
  http.server.on("request", watch);
  await sendRaw(fleet.origin, request);
  http.server.off("request", watch);
  expect(seen.filter((region) => region !== "us-east")).toEqual([]);
});

test("no credential and no context is in the logs, whatever was sent", async () => {
  const { json } = await send(fleet.origin, "/reset/canary-token?key=canary-query", { headers: session("canary-anna") });
  const logged = await fleet.logged(json.headers["x-request-id"]);
  expect(logged.status).toBe(200);
  const logs = fleet.logs.join("");
  expect(logs).toContain("ambiguous_credentials");
  expect(logs).not.toMatch(/canary|eyJ|__Host-session=/);
});
