import { describe, expect, test } from "vitest";

import worker from "../../src/index.js";
import { asEdgeError, EdgeError, refusalResponse } from "../../src/errors.js";
import { forward } from "../../src/forward.js";
import { backToClient, checkHeaders, requestHeaders } from "../../src/headers.js";
import { unsigned } from "../../src/resolver.js";
import { refusalOf } from "./refusal.js";

const journey = { method: "GET", requestId: "id", startedAtMs: 0, decidedAtMs: 2, hops: 1 };

/** @param {typeof fetch} fetch @param {Request} [request] */
function send(fetch, request = new Request("https://app.example/x")) {
  const region = /** @type {const} */ ({ name: "eu-west", origin: "https://eu-west.example", locality: "eu", weight: 100 });
  return forward({ request, url: new URL(request.url), region, decision: unsigned("eu-west", "hint"), placement: "default", journey }, fetch);
}

test.each([
  [520, "region_broken", 502],
  [521, "region_down", 503],
  [522, "region_down", 503],
  [523, "region_down", 503],
  [524, "region_timeout", 504],
  [525, "region_down", 503],
  [526, "region_down", 503],
  [530, "region_down", 503],
])("what Cloudflare answers in a region's place, %i, is %s", async (status, code, own) => {
  const error = await send(async () => new Response(null, { status })).catch((thrown) => thrown);
  expect([error.code, error.refusal.status]).toEqual([code, own]);
});

test.each([
  ["Network connection lost.", "region_down"],
  ["connect ECONNREFUSED: Connection refused", "region_down"],
  ["The operation timed out", "region_timeout"],
  ["internal error; reference = abc", "region_broken"],
])("the runtime's error %o is %s", async (message, code) => {
  await expect(send(() => Promise.reject(new Error(message)))).rejects.toMatchObject({ code });
});

test.each([100, 103, 199, 600, 999])("%i, which is no final status, is a broken region", async (status) => {
  // Response takes none of these: only a region's bytes can bring them here.
  const fetch = /** @type {any} */ (async () => ({ status, webSocket: null }));
  await expect(send(fetch)).rejects.toMatchObject({ code: "region_broken" });
});

test.each([500, 502, 503, 504])("a region's own %i is the region's answer", async (status) => {
  expect((await send(async () => new Response("mine", { status }))).status).toBe(status);
});

test("redirects are not followed, and Cloudflare is told to cache nothing", async () => {
  /** @type {RequestInit | undefined} */
  let seen;
  await send(async (_input, init) => {
    seen = init;
    return new Response();
  });
  expect(seen).toMatchObject({ redirect: "manual", cf: { cacheTtlByStatus: { "100-599": -1 } } });
});

describe("headers", () => {
  test("the client's address is the network's word, not the client's", () => {
    const headers = { "cf-connecting-ip": "192.0.2.1", "x-forwarded-for": "6.6.6.6", "X-Forwarded_Host": "evil.example" };
    const request = new Request("https://app.example/", { headers });
    const cleaned = requestHeaders(request, new URL(request.url), journey);
    expect(Object.fromEntries(cleaned)).toEqual({
      "cf-connecting-ip": "192.0.2.1", "x-forwarded-for": "192.0.2.1", "x-forwarded-host": "app.example", "x-forwarded-proto": "https", "x-request-id": "id",
    });
  });

  test("32 KiB and 100 fields are the limit", () => {
    const full = new Headers({ a: "x".repeat(32 * 1024 - "a: \r\n".length) });
    expect(refusalOf(() => checkHeaders(full))).toBeUndefined();
    full.append("b", "");
    expect(refusalOf(() => checkHeaders(full))).toBe("header_too_large");
    const many = Array.from({ length: 101 }, (_, n) => /** @type {[string, string]} */ ([`x-${n}`, ""]));
    expect(refusalOf(() => checkHeaders(new Headers(many)))).toBe("header_too_large");
  });

  test("a header that came several times goes on as the one field that was counted", () => {
    const headers = new Headers();
    for (let n = 0; n < 3; n += 1) headers.append("a", "b");
    const cleaned = requestHeaders(new Request("https://app.example/", { headers }), new URL("https://app.example/"), journey);
    expect(cleaned.get("a")).toBe("b, b, b");
  });

  test("a region's internal and hop-by-hop headers are taken off", () => {
    const response = new Response("body", { status: 201, headers: { "X-Edge-Moved": "x", "x-edge-other": "x", "keep-alive": "timeout=5", etag: "1" } });
    const back = backToClient(response, journey, 5);
    expect(back.status).toBe(201);
    expect([...back.headers.keys()].sort()).toEqual(["content-type", "etag", "server-timing", "x-request-id"]);
  });
});

describe("the Worker's own answers", () => {
  test("say what, how long to wait, and which request", async () => {
    const response = refusalResponse(new EdgeError("region_down"), "id");
    expect([response.status, response.headers.get("retry-after"), response.headers.get("cache-control")]).toEqual([503, "5", "no-store"]);
    expect(await response.json()).toMatchObject({ error: { code: "region_down", request_id: "id" } });
  });

  test("say nothing of what went wrong inside", async () => {
    const response = refusalResponse(asEdgeError(new TypeError("secret detail")), "id");
    expect(response.status).toBe(500);
    expect(await response.text()).not.toContain("secret");
  });

  test.each([
    ["no table", { AUTH: "https://auth.example", AUTH_TOKEN: "t" }],
    ["a table that is text", { REGIONS: "{}", AUTH: "https://auth.example", AUTH_TOKEN: "t" }],
    ["no auth service", { REGIONS: { version: 1, default_locality: "l", localities: { l: {} }, regions: { a: { origin: "https://a.example", lifecycle: "active", locality: "l", weight: 1 } } } }],
  ])("a Worker with %s answers 500", async (_name, env) => {
    const ctx = { waitUntil: () => {} };
    const response = await worker.fetch(new Request("https://app.example/"), /** @type {any} */ (env), ctx);
    expect(response.status).toBe(500);
  });
});
