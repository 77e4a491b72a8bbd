import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { Fleet, send, session } from "./fleet.js";

/** @type {Fleet} */
let fleet;

beforeAll(async () => {
  fleet = await Fleet.start();
  fleet.enrol({ kind: "cookie", credential: "anna", workspace: "acme", region: "eu-west" });
  fleet.enrol({ kind: "bearer", credential: "token-of-bob", workspace: "bolts", region: "us-east" });
  fleet.enrol({ kind: "api-key", credential: "key_123", workspace: "cogs", region: "eu-west" });
});

afterAll(() => fleet.stop());

test("a session cookie leads to the region of its workspace, with a context that the region accepts", async () => {
  const { status, json } = await send(fleet.origin, "/things?a=1&b=%2F", { headers: session("anna") });
  expect(status).toBe(200);
  expect(json).toMatchObject({ region: "eu-west", identity: { user: "user-of-acme", workspace: "acme" } });
  expect(json).toMatchObject({ method: "GET", url: "/things?a=1&b=%2F" });
});

test("a bearer token and an API key lead to theirs", async () => {
  const bearer = await send(fleet.origin, "/", { headers: { authorization: "Bearer token-of-bob" } });
  const apiKey = await send(fleet.origin, "/", { headers: { "x-api-key": "key_123" } });
  expect([bearer.json.region, apiKey.json.region]).toEqual(["us-east", "eu-west"]);
  expect([bearer.json.identity.workspace, apiKey.json.identity.workspace]).toEqual(["bolts", "cogs"]);
});

test("one credential with two workspaces goes to the region of the one that is named", async () => {
  fleet.auth.places.set("north", { region: "us-east", version: 1 });
  fleet.auth.places.set("south", { region: "eu-west", version: 1 });
  fleet.auth.enrol("cookie", "carl", { user: "carl", workspaces: { north: "north", south: "south" }, home: "north" });
  const home = await send(fleet.origin, "/", { headers: session("carl") });
  const named = await send(fleet.origin, "/", { headers: { ...session("carl"), "x-workspace": "south" } });
  const queried = await send(fleet.origin, "/?workspace=south", { headers: session("carl") });
  expect([home, named, queried].map(({ json }) => json.identity.workspace)).toEqual(["north", "south", "south"]);
  expect([home, named, queried].map(({ json }) => json.region)).toEqual(["us-east", "eu-west", "eu-west"]);
});

test("a workspace that the credential does not open is refused by the edge, and no region hears of it", async () => {
  const before = fleet.regions["eu-west"].requests;
  const refused = await send(fleet.origin, "/", { headers: { ...session("anna"), "x-workspace": "bolts" } });
  expect([refused.status, refused.json.error.code]).toEqual([403, "not_a_member"]);
  expect(fleet.regions["eu-west"].requests).toBe(before);
});

test("the second request is answered from memory", async () => {
  await send(fleet.origin, "/", { headers: session("anna") });
  const asked = fleet.auth.questions.length;
  const { json } = await send(fleet.origin, "/", { headers: session("anna") });
  expect(json.headers["x-edge-context-state"]).toBe("fresh");
  expect(fleet.auth.questions.length).toBe(asked);
});

test("fifty concurrent requests of one credential ask once", async () => {
  fleet.enrol({ kind: "cookie", credential: "crowd", workspace: "crowd", region: "us-east" });
  const asked = fleet.auth.questions.length;
  const answers = await Promise.all(Array.from({ length: 50 }, () => send(fleet.origin, "/", { headers: session("crowd") })));
  expect(new Set(answers.map(({ json }) => json.identity.workspace))).toEqual(new Set(["crowd"]));
  expect(fleet.auth.questions.length).toBe(asked + 1);
});

test("an anonymous request goes unsigned to the default region of its country, and nobody is asked", async () => {
  const asked = fleet.auth.questions.length;
  const { json } = await send(fleet.origin, "/");
  expect([json.region, json.headers["x-edge-placement"]]).toEqual(["us-east", "country"]);
  expect(json.headers["x-edge-context"]).toBeUndefined();
  expect(fleet.auth.questions.length).toBe(asked);
});

test.each([
  ["header", "/sign-up", { "x-time-zone": "Europe/Berlin" }],
  ["query", "/sign-up?time_zone=Europe/Berlin", {}],
  ["cookie", "/sign-up", { cookie: "time_zone=Europe/Berlin" }],
])("at sign-up the time zone (%s) comes before the country", async (_where, path, headers) => {
  const { json } = await send(fleet.origin, path, { headers });
  expect([json.region, json.headers["x-edge-placement"]]).toEqual(["eu-west", "time-zone"]);
});

test("an explicit choice comes before the time zone, and must be an active region", async () => {
  const headers = { "x-time-zone": "Europe/Berlin" };
  const chosen = await send(fleet.origin, "/sign-up", { headers: { ...headers, "x-region-choice": "us-east" } });
  const closed = await send(fleet.origin, "/sign-up?region_choice=mars", { headers });
  expect([chosen.json.region, chosen.json.headers["x-edge-placement"]]).toEqual(["us-east", "choice"]);
  expect([closed.status, closed.json.error.code]).toEqual([400, "region_not_open"]);
});

test("a draining region keeps its users and takes no new ones, and nobody goes under another law in its place", async () => {
  const table = fleet.table();
  table.regions["eu-west"].lifecycle = "draining";
  const origin = await fleet.deploy({ table });
  const europe = { "x-time-zone": "Europe/Berlin" };
  const resident = await send(origin, "/", { headers: { ...session("anna"), ...europe } });
  const signedOut = await send(origin, "/sign-in", { headers: { cookie: "__Host-region=eu-west", ...europe } });
  const newcomer = await send(origin, "/sign-up", { headers: europe });
  const insists = await send(origin, "/sign-up", { headers: { "x-region-choice": "eu" } });
  const elsewhere = await send(origin, "/sign-up", { headers: { ...europe, "x-region-choice": "us" } });
  expect([resident.json.region, signedOut.json.region, signedOut.json.headers["x-edge-placement"]]).toEqual(["eu-west", "eu-west", "none"]);
  expect([newcomer.status, newcomer.json.error.code, newcomer.headers["retry-after"]]).toEqual([503, "region_closed", "30"]);
  expect([insists.status, insists.json.error.code, elsewhere.json.region]).toEqual([400, "region_not_open", "us-east"]);
});

test("who lives in a region that drains signs in there from anywhere: by choice, with the hint that came with it", async () => {
  const table = fleet.table();
  table.regions["eu-west"].lifecycle = "draining";
  const origin = await fleet.deploy({ table });
  fleet.auth.enrol("cookie", "resident", { user: "resident", workspaces: {}, home: null, pin: "eu-west" });
  const choice = { "x-region-choice": "eu-west", "x-time-zone": "America/New_York" };
  const hint = "__Host-region=eu-west";
  const signsIn = await send(origin, "/sign-in", { headers: { ...choice, cookie: hint } });
  const signedIn = await send(origin, "/", { headers: { ...choice, cookie: `${session("resident").cookie}; ${hint}` } });
  const stranger = await send(origin, "/sign-in", { headers: { ...choice, cookie: "__Host-region=us-east" } });
  expect([signsIn.status, signsIn.json.region, signsIn.json.headers["x-edge-placement"]]).toEqual([200, "eu-west", "none"]);
  expect([signedIn.status, signedIn.json.region, signedIn.json.headers["x-edge-placement"]]).toEqual([200, "eu-west", "pinned"]);
  expect([stranger.status, stranger.json.error.code]).toEqual([400, "region_not_open"]);
});

test("where every region drains, users go on, and who matches no locality is served and gets no place", async () => {
  const table = fleet.table();
  for (const region of Object.values(table.regions)) region.lifecycle = "draining";
  const origin = await fleet.deploy({ table, country: "JP" });
  fleet.auth.enrol("cookie", "unplaced", { user: "unplaced", workspaces: {}, home: null });
  const resident = await send(origin, "/", { headers: session("anna") });
  const visitor = await send(origin, "/", { headers: { "x-time-zone": "Asia/Tokyo" } });
  const unplaced = await send(origin, "/", { headers: session("unplaced") });
  expect([resident.status, resident.json.region]).toEqual([200, "eu-west"]);
  expect([visitor.status, visitor.json.region, visitor.json.headers["x-edge-placement"]]).toEqual([200, "us-east", "none"]);
  expect([unplaced.status, unplaced.json.error.code, unplaced.headers["retry-after"]]).toEqual([503, "not_placed", "30"]);
});

test("a region that has left the table gets nothing, and its users nobody else", async () => {
  const table = fleet.table();
  delete table.regions["eu-west"];
  const origin = await fleet.deploy({ table });
  const { status, json, headers } = await send(origin, "/", { headers: session("anna") });
  expect([status, json.error.code, headers["retry-after"]]).toEqual([503, "region_closed", "30"]);
});

test("a user without a workspace gets a context for the default region", async () => {
  fleet.auth.enrol("cookie", "newcomer", { user: "newcomer", workspaces: {}, home: null });
  const { json } = await send(fleet.origin, "/", { headers: { ...session("newcomer"), "x-time-zone": "Europe/Paris" } });
  expect(json).toMatchObject({ region: "eu-west", identity: { user: "newcomer", workspace: null } });
  const moved = await send(fleet.origin, "/", { headers: { ...session("newcomer"), "x-region-choice": "us-east" } });
  expect(moved.json.region).toBe("us-east");
});

describe("a locality of two regions", () => {
  const europe = { "x-time-zone": "Europe/Berlin" };
  let origin = "";

  beforeAll(async () => {
    const table = fleet.table();
    table.regions["eu-north"] = fleet.entry("eu-north", "eu", 100);
    origin = await fleet.deploy({ table });
  });

  /** @param {string} flow @param {string} [others] */
  const flowing = (flow, others = "") => ({ ...europe, cookie: `${others}__Host-flow=${flow}` });

  test("a visitor is drawn by the key that the first answer sets, and stays where it was", async () => {
    const first = await send(origin, "/", { headers: europe });
    const [cookie = ""] = first.headers["set-cookie"] ?? [];
    expect(cookie).toMatch(/^__Host-flow=[0-9a-f]{32}; Max-Age=86400; Path=\/; Secure; HttpOnly; SameSite=Lax$/);
    for (let n = 0; n < 3; n += 1) {
      const next = await send(origin, "/", { headers: { ...europe, cookie: String(cookie.split(";")[0]) } });
      expect([next.json.region, next.headers["set-cookie"]]).toEqual([first.json.region, undefined]);
    }
  });

  test("visitors are spread over both, and a choice of one region is no draw", async () => {
    const answers = await Promise.all(Array.from({ length: 40 }, () => send(origin, "/", { headers: europe })));
    expect(new Set(answers.map(({ json }) => json.region))).toEqual(new Set(["eu-north", "eu-west"]));
    const chosen = await send(origin, "/", { headers: { "x-region-choice": "eu-north" } });
    expect([chosen.json.region, chosen.headers["set-cookie"]]).toEqual(["eu-north", undefined]);
  });

  test("a member and a locality of one region get no key", async () => {
    const member = await send(origin, "/", { headers: { ...session("anna"), ...europe } });
    const american = await send(origin, "/");
    expect([member.headers["set-cookie"], american.headers["set-cookie"]]).toEqual([undefined, undefined]);
  });

  test("who signed in in one region stays there with another key, and the region is told that it was placed before", async () => {
    fleet.auth.enrol("cookie", "pinned", { user: "pinned", workspaces: {}, home: null, pin: "eu-north" });
    const placements = [];
    for (let n = 0; n < 8; n += 1) {
      // Each question of its own: what is kept belongs to the host.
      const headers = { ...flowing(String(n).repeat(32), "__Host-session=pinned; "), host: `app-${n}.example` };
      const { status, json } = await send(origin, "/", { headers });
      expect([status, json.region, json.identity.user]).toEqual([200, "eu-north", "pinned"]);
      placements.push(json.headers["x-edge-placement"]);
    }
    expect(new Set(placements)).toEqual(new Set(["pinned", "time-zone"]));
  });

  test("the answer is kept under the locality: another key does not ask again", async () => {
    fleet.auth.enrol("cookie", "kept", { user: "kept", workspaces: {}, home: null });
    const first = await send(origin, "/", { headers: flowing("0".repeat(32), "__Host-session=kept; ") });
    const asked = fleet.auth.questions.length;
    for (const digit of "12345678") {
      const { json } = await send(origin, "/", { headers: flowing(digit.repeat(32), "__Host-session=kept; ") });
      expect(json.region).toBe(first.json.region);
    }
    expect(fleet.auth.questions.length).toBe(asked);
  });
});

test("method, status, redirects, several cookies and compressed bodies come through as they are", async () => {
  const headers = session("anna");
  const put = await send(fleet.origin, "/x", { method: "PUT", headers, body: "body" });
  const missing = await send(fleet.origin, "/missing", { headers });
  const redirect = await send(fleet.origin, "/redirect", { headers });
  const cookies = await send(fleet.origin, "/leak", { headers });
  const gzip = await send(fleet.origin, "/gzip", { headers: { ...headers, "accept-encoding": "gzip" } });
  const head = await send(fleet.origin, "/x", { method: "HEAD", headers });
  expect([put.json.method, put.json.bytes]).toEqual(["PUT", 4]);
  expect(missing.status).toBe(404);
  expect([redirect.status, redirect.headers.location]).toEqual([302, "/echo"]);
  expect(cookies.headers["set-cookie"]).toEqual(["a=1", "b=2"]);
  expect([gzip.headers["content-encoding"], gzip.body.subarray(0, 2).toString("hex")]).toEqual(["gzip", "1f8b"]);
  expect([head.status, head.body.length]).toEqual([200, 0]);
});

test("a request has one id: the region's, the client's and the log's", async () => {
  const { json, headers } = await send(fleet.origin, "/", { headers: { ...session("anna"), "x-request-id": "forged" } });
  const id = json.headers["x-request-id"];
  expect(id).toMatch(/^[0-9a-f-]{36}$/);
  expect(headers["x-request-id"]).toBe(id);
  expect(headers["server-timing"]).toMatch(/^edge;desc="hit";dur=\d+, region;dur=\d+$/);
  const logged = await fleet.logged(id);
  expect(logged).toMatchObject({ event: "request", method: "GET", status: 200, kind: "cookie", region: "eu-west", source: "hit", hops: 1, table: 1 });
});
