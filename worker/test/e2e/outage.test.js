import { once } from "node:events";
import { request } from "node:http";

import { afterAll, afterEach, beforeAll, expect, test } from "vitest";

import { sendJson } from "../doubles/http.js";
import { Fleet, send, session } from "./fleet.js";

/** So short that it is over when the answer arrives, whatever the clock says. */
const AT_ONCE_S = Number.MIN_VALUE;

/** @type {Fleet} */
let fleet;

/** Promise.withResolvers, which Node 20 lacks. @returns {any} */
function withResolvers() {
  /** @type {any} */
  const deferred = {};
  deferred.promise = new Promise((resolve) => {
    deferred.resolve = resolve;
  });
  return deferred;
}

beforeAll(async () => {
  fleet = await Fleet.start();
  fleet.enrol({ kind: "cookie", credential: "anna", workspace: "acme", region: "eu-west" });
  fleet.enrol({ kind: "cookie", credential: "bob", workspace: "bolts", region: "us-east" });
});

afterEach(async () => {
  fleet.auth.override = null;
  fleet.auth.lifetimes = { refresh_after_s: 30, expires_after_s: 60 };
  for (const { http } of [fleet.auth, ...Object.values(fleet.regions)]) if (!http.server.listening) await http.up();
});

afterAll(() => fleet.stop());

test("auth down, warm: the signed context is served and marked stale past its soft expiry", async () => {
  fleet.auth.lifetimes = { refresh_after_s: AT_ONCE_S, expires_after_s: 60 };
  const origin = await fleet.deploy();
  await send(origin, "/", { headers: session("anna") });
  await fleet.auth.http.down();
  const { status, json } = await send(origin, "/", { headers: session("anna") });
  expect([status, json.identity.workspace, json.headers["x-edge-context-state"]]).toEqual([200, "acme", "stale"]);
});

test("auth down, past the hard expiry: unsigned to the last known region, which authenticates by itself", async () => {
  fleet.auth.lifetimes = { refresh_after_s: AT_ONCE_S, expires_after_s: AT_ONCE_S };
  const origin = await fleet.deploy();
  await send(origin, "/", { headers: session("anna") });
  await fleet.auth.http.down();
  const { status, json } = await send(origin, "/", { headers: session("anna") });
  expect([status, json.region, json.identity.workspace]).toEqual([200, "eu-west", "acme"]);
  expect([json.headers["x-edge-context"], json.headers["x-edge-context-state"]]).toEqual([undefined, "none"]);
});

test("auth down, cold: unsigned to the hinted region", async () => {
  const origin = await fleet.deploy();
  await fleet.auth.http.down();
  const headers = { cookie: "__Host-session=anna; __Host-region=eu-west" };
  const { status, json } = await send(origin, "/", { headers });
  expect([status, json.region, json.identity.workspace]).toEqual([200, "eu-west", "acme"]);
});

test("auth down, cold, no hint: 503 with Retry-After, and no region is guessed", async () => {
  const origin = await fleet.deploy();
  await fleet.auth.http.down();
  const heard = Object.values(fleet.regions).map((region) => region.requests);
  const { status, json, headers } = await send(origin, "/", { headers: session("anna") });
  expect([status, json.error.code, headers["retry-after"]]).toEqual([503, "auth_unavailable", "5"]);
  expect(Object.values(fleet.regions).map((region) => region.requests)).toEqual(heard);
});

test("a wrong hint leads to a region that refuses the credential by itself", async () => {
  const origin = await fleet.deploy();
  await fleet.auth.http.down();
  const { status, json } = await send(origin, "/", { headers: { cookie: "__Host-session=anna; __Host-region=us-east" } });
  expect([status, json.error]).toEqual([401, "not_here"]);
});

test("auth down and back: the next request is signed again", async () => {
  const origin = await fleet.deploy();
  await fleet.auth.http.down();
  const headers = { cookie: "__Host-session=anna; __Host-region=eu-west" };
  const during = await send(origin, "/", { headers });
  await fleet.auth.http.up();
  const after = await send(origin, "/", { headers });
  expect([during, after].map(({ json }) => json.headers["x-edge-context-state"])).toEqual(["none", "fresh"]);
});

test("auth slow: the call is given up, concurrent requests share it, and the breaker ends the asking", async () => {
  const origin = await fleet.deploy({ bindings: { AUTH_TIMEOUT_MS: "200" } });
  fleet.auth.override = () => {};
  const asked = fleet.auth.questions.length;
  const headers = { cookie: "__Host-session=anna; __Host-region=eu-west" };
  const together = await Promise.all(Array.from({ length: 20 }, () => send(origin, "/", { headers })));
  expect(new Set(together.map(({ json }) => json.identity.workspace))).toEqual(new Set(["acme"]));
  expect(fleet.auth.questions.length).toBe(asked + 1);
  for (let n = 0; n < 8; n += 1) await send(origin, "/", { headers });
  expect(fleet.auth.questions.length).toBe(asked + 5);
});

test("a client that leaves does not take the call with it that others wait for", async () => {
  const origin = await fleet.deploy();
  const held = withResolvers();
  fleet.auth.override = (_request, response) => held.resolve(response);
  const leader = request(origin, { headers: session("anna"), agent: false });
  leader.on("error", () => {});
  leader.end();
  const response = await held.promise;
  const asked = fleet.auth.questions.length;
  const follower = send(origin, "/", { headers: session("anna") });
  leader.destroy();
  const context = fleet.auth.signContext({ aud: "eu-west", sub: "anna", workspace: "acme", version: 1, kind: "cookie" });
  sendJson(response, 200, { kind: "cookie", region: "eu-west", workspace: "acme", version: 1, context, ...fleet.auth.lifetimes });
  expect((await follower).json.identity.workspace).toBe("acme");
  expect(fleet.auth.questions.length).toBe(asked);
});

test.each([
  ["401 of a proxy", 401, "<html>"],
  ["a refused caller", 403, '{"error":"caller_refused"}'],
  ["a broken answer", 200, "{"],
  ["a list", 200, "[]"],
  ["a context for another region", 200, '{"kind":"cookie","region":"eu-west","workspace":"acme","version":1,"context":"a.b.c","refresh_after_s":1,"expires_after_s":1}'],
  ["an outage", 500, "{}"],
  ["a redirect", 302, "{}"],
])("%s is no answer, and signs nobody out", async (_name, status, body) => {
  const origin = await fleet.deploy();
  fleet.auth.override = (_request, response) => {
    response.writeHead(status, { location: "/elsewhere" }).end(body);
  };
  const hinted = await send(origin, "/", { headers: { cookie: "__Host-session=anna; __Host-region=eu-west" } });
  expect([hinted.status, hinted.json.headers["x-edge-context-state"]]).toEqual([200, "none"]);
  expect(hinted.headers["set-cookie"]).toBeUndefined();
});

test("an answer that has no end is given up, and most of it is never read", async () => {
  const origin = await fleet.deploy();
  let written = 0;
  fleet.auth.override = async (_request, response) => {
    const chunk = Buffer.alloc(64 * 1024, "x");
    while (!response.destroyed && written < 400 * 1024 * 1024) {
      written += chunk.length;
      if (!response.write(chunk)) await once(response, "drain").catch(() => {}); // it rejects where the reader is gone
    }
  };
  const { status } = await send(origin, "/", { headers: { cookie: "__Host-session=anna; __Host-region=eu-west" } });
  expect(status).toBe(200);
  expect(written).toBeLessThan(32 * 1024 * 1024);
});

test("a credential that the auth service slows down leaves the others alone", async () => {
  const origin = await fleet.deploy();
  fleet.auth.override = (_request, response) => sendJson(response, 429, { error: "slow_down" });
  for (let n = 0; n < 8; n += 1) await send(origin, "/", { headers: session(`guess-${n}`) });
  fleet.auth.override = null;
  const { status, json } = await send(origin, "/", { headers: session("anna") });
  expect([status, json.headers["x-edge-context-state"]]).toEqual([200, "fresh"]);
});

test("auth says 401: final, the cookie is cleared, and for a while nobody asks again", async () => {
  const asked = fleet.auth.questions.length;
  const headers = { cookie: "__Host-session=nobody; __Host-region=eu-west" };
  const first = await send(fleet.origin, "/", { headers });
  await fleet.auth.http.down();
  const second = await send(fleet.origin, "/", { headers });
  expect([first.status, second.status, first.json.error.code]).toEqual([401, 401, "invalid_credential"]);
  expect(first.headers["set-cookie"]?.[0]).toMatch(/^__Host-session=; Max-Age=0; Path=\/; Secure/);
  expect(fleet.auth.questions.length).toBe(asked + 1);
});

test("a refusal ends what was known: after it there is no last known region", async () => {
  fleet.enrol({ kind: "cookie", credential: "dora", workspace: "dots", region: "eu-west" });
  fleet.auth.lifetimes = { refresh_after_s: AT_ONCE_S, expires_after_s: AT_ONCE_S };
  const origin = await fleet.deploy();
  await send(origin, "/", { headers: session("dora") });
  fleet.auth.revoke("cookie", "dora");
  const refused = await send(origin, "/", { headers: session("dora") });
  expect(refused.status).toBe(401);
});

test("a region that is down is 503 with Retry-After for its own users only", async () => {
  await send(fleet.origin, "/", { headers: session("anna") });
  await fleet.regions["eu-west"].http.down();
  const own = await send(fleet.origin, "/", { headers: session("anna") });
  const posted = await send(fleet.origin, "/", { method: "POST", headers: session("anna"), body: "once" });
  const others = await send(fleet.origin, "/", { headers: session("bob") });
  expect([own.status, own.json.error.code, own.headers["retry-after"]]).toEqual([503, "region_down", "5"]);
  expect(posted.status).toBe(503);
  expect([others.status, others.json.region]).toEqual([200, "us-east"]);
});

test("a region that breaks off gets the request once", async () => {
  const before = fleet.regions["eu-west"].requests;
  const { status, json } = await send(fleet.origin, "/broken", { method: "POST", headers: session("anna"), body: "once" });
  expect([status, json.error.code]).toEqual([503, "region_down"]);
  expect(fleet.regions["eu-west"].requests).toBe(before + 1);
});
