import { expect, test } from "vitest";

import { AuthUnavailable, createAuthClient } from "../../src/auth.js";

/** @type {import("../../src/types.js").Question} */
const question = { host: "app.example", credential: { kind: "cookie", value: "abc" }, workspace: "acme", wanted: "us" };

/** @param {object} value */
const part = (value) => btoa(JSON.stringify(value)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
/** @param {object} claims */
const context = (claims) => `${part({ alg: "EdDSA" })}.${part({ aud: "eu-west", iat: 1000, exp: 1090, ...claims })}.c2ln`;

const ANSWER = {
  kind: "cookie", region: "eu-west", workspace: "acme", version: 7, context: context({}), refresh_after_s: 30, expires_after_s: 60,
};

/**
 * @param {number} status
 * @param {unknown} body
 * @param {Request[]} [sent] filled with what is sent
 */
function ask(status, body, sent = []) {
  /** @type {typeof globalThis.fetch} */
  const fetch = async (input, init) => {
    sent.push(new Request(input, init));
    return new Response(typeof body === "string" ? body : JSON.stringify(body), { status });
  };
  return createAuthClient({ address: "https://auth.example", token: "secret", timeoutMs: 300, fetch, now: () => 5_000 }).ask(question, "us-east", "id");
}

test("one call asks for region and context, with the Worker's own key", async () => {
  /** @type {Request[]} */
  const sent = [];
  const entry = await ask(200, ANSWER, sent);
  expect(entry).toEqual({
    outcome: "routed", kind: "cookie", region: "eu-west", workspace: "acme", version: 7, pinned: false, context: ANSWER.context, softAtMs: 35_000, hardAtMs: 65_000,
  });
  const [request] = sent;
  expect([request?.method, request?.url, request?.headers.get("authorization")]).toEqual(["POST", "https://auth.example/v1/route", "Bearer secret"]);
  expect(await request?.json()).toEqual({ host: "app.example", kind: "cookie", credential: "abc", workspace: "acme", placement: "us-east" });
});

test.each([
  ["an hour", { refresh_after_s: 1800, expires_after_s: 3600, context: context({ exp: 9000 }) }, 65_000, 65_000],
  ["longer than the context", { context: context({ exp: 1020 }) }, 25_000, 25_000],
  ["five seconds", { expires_after_s: 5 }, 10_000, 10_000],
])("an answer that wants to live for %s is held to 60 s and to its context", async (_name, changes, softAtMs, hardAtMs) => {
  expect(await ask(200, { ...ANSWER, ...changes })).toMatchObject({ softAtMs, hardAtMs });
});

test.each([
  [401, "invalid_credential"],
  [403, "not_a_member"],
  [404, "unknown_workspace"],
  [409, "not_placed"],
])("%i %s is a denial, kept for five seconds", async (status, code) => {
  expect(await ask(status, { error: code })).toEqual({ outcome: "denied", kind: "cookie", code, hardAtMs: 10_000 });
});

test("who is pinned elsewhere goes to the region that the answer names", async () => {
  const elsewhere = { ...ANSWER, error: "placed_elsewhere", workspace: null, version: 0 };
  expect(await ask(409, elsewhere)).toMatchObject({ outcome: "routed", region: "eu-west", workspace: null, pinned: true, hardAtMs: 65_000 });
});

test.each([
  ["a 401 that says nothing", 401, {}],
  ["a pin that names no region", 409, { error: "placed_elsewhere" }],
  ["a pin under another status", 403, { ...ANSWER, error: "placed_elsewhere" }],
  ["a 401 with another error", 401, { error: "not_a_member" }],
  ["a refused caller", 403, { error: "caller_refused" }],
  ["a rate limit", 429, {}],
  ["an outage", 503, "<html>"],
  ["no JSON", 200, "<html>"],
  ["null", 200, "null"],
  ["another kind", 200, { ...ANSWER, kind: "bearer" }],
  ["no region", 200, { ...ANSWER, region: null }],
  ["no workspace", 200, { ...ANSWER, workspace: undefined }],
  ["a version that is no integer", 200, { ...ANSWER, version: 1.5 }],
  ["no context", 200, { ...ANSWER, context: undefined }],
  ["a context that is no JWT", 200, { ...ANSWER, context: "a.b" }],
  ["a context for another region", 200, { ...ANSWER, context: context({ aud: "us-east" }) }],
  ["a context without an end", 200, { ...ANSWER, context: context({ exp: undefined }) }],
  ["a context of 9 KiB", 200, { ...ANSWER, context: context({ pad: "x".repeat(9 * 1024) }) }],
  ["no lifetime", 200, { ...ANSWER, expires_after_s: undefined }],
  ["a lifetime of nothing", 200, { ...ANSWER, refresh_after_s: 0 }],
  ["an answer of 17 KiB", 200, { ...ANSWER, pad: "x".repeat(17 * 1024) }],
])("%s is no answer", async (_name, status, body) => {
  const error = await ask(status, body).catch((thrown) => thrown);
  expect(error).toBeInstanceOf(AuthUnavailable);
  expect(error.down).toBe(status >= 500);
});

test("an answer without an end is given up at the limit, not read", async () => {
  let produced = 0;
  const body = new ReadableStream({
    pull(controller) {
      produced += 4096;
      controller.enqueue(new Uint8Array(4096));
    },
  });
  const fetch = async () => new Response(body);
  const client = createAuthClient({ address: "https://auth.example", token: "t", timeoutMs: 300, fetch, now: () => 0 });
  await expect(client.ask(question, "us-east", "id")).rejects.toMatchObject({ detail: "answer too large" });
  expect(produced).toBeLessThanOrEqual(32 * 1024);
});
