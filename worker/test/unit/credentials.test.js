import { describe, expect, test } from "vitest";

import { readCookie, readCredential, readRegionHint, readWorkspace } from "../../src/credentials.js";
import { refusalOf } from "./refusal.js";

/** @param {Record<string, string>} headers */
const credentialOf = (headers) => readCredential(new Headers(headers));

test.each([
  ["cookie", { cookie: "theme=dark; __Host-session=abc=; other=1" }, "abc="],
  ["bearer", { authorization: "bearer  a.b-c_d~e+f/g==" }, "a.b-c_d~e+f/g=="],
  ["api-key", { "x-api-key": "key_123" }, "key_123"],
])("a %s is read", (kind, headers, value) => {
  expect(credentialOf(/** @type {any} */ (headers))).toEqual({ kind, value });
});

test.each([
  ["nothing", {}],
  ["another cookie", { cookie: "session=abc" }],
  ["a cookie whose name ends alike", { cookie: "not__Host-session=abc" }],
  ["a cookie that was emptied at sign-out", { cookie: "__Host-session=" }],
])("%s is anonymous", (_name, headers) => {
  expect(credentialOf(/** @type {any} */ (headers))).toBeNull();
});

test.each([
  ["ambiguous_credentials", { cookie: "__Host-session=abc", "x-api-key": "k" }],
  ["duplicate_header", { cookie: "__Host-session=abc; __Host-session=abc" }],
  ["duplicate_header", { cookie: "__Host-session=abc, __Host-session=abd" }],
  ["malformed_credential", { authorization: "Basic YTpi" }],
  ["malformed_credential", { authorization: "" }],
  ["malformed_credential", { "x-api-key": "a b" }],
  ["malformed_credential", { cookie: '__Host-session="abc"' }],
  ["header_too_large", { "x-api-key": "k".repeat(4097) }],
])("%s: %o", (code, headers) => {
  expect(refusalOf(() => credentialOf(/** @type {any} */ (headers)))).toBe(code);
});

test("a credential of the full length is taken", () => {
  expect(credentialOf({ "x-api-key": "k".repeat(4096) })?.value.length).toBe(4096);
});

describe("the workspace", () => {
  const url = new URL("https://app.example/?workspace=from-query");

  test("the header wins over the query", () => {
    expect(readWorkspace(new Headers({ "x-workspace": "acme" }), url)).toBe("acme");
    expect(readWorkspace(new Headers(), url)).toBe("from-query");
    expect(readWorkspace(new Headers(), new URL("https://app.example/"))).toBe("");
  });

  test.each(["../x", "a b", "-a", "a".repeat(65), "caf\u00e9"])("%s is none", (workspace) => {
    expect(refusalOf(() => readWorkspace(new Headers(), new URL(`https://a.example/?workspace=${encodeURIComponent(workspace)}`)))).toBe("malformed_hint");
  });
});

test("a region hint that is no region's name is no hint", () => {
  expect(readRegionHint(new Headers({ cookie: "__Host-region=eu-west" }))).toBe("eu-west");
  expect(readRegionHint(new Headers({ cookie: "__Host-region=//evil.example" }))).toBeNull();
  expect(readCookie(new Headers(), "__Host-region")).toBeNull();
});
