import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { cookieValues, readCredential, readHintCookie, readRegionHint, readWorkspace } from "../../src/credentials.js";
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
  ["a session behind a comma in another cookie's value", { cookie: "theme=dark,__Host-session=mallory" }],
  ["a session behind a blank that is none of HTTP's", { cookie: "theme=dark; \u00a0__Host-session=mallory" }],
  ["a session behind a vertical tab", { cookie: "theme=dark; \u000b__Host-session=mallory" }],
  ["a session in another case", { cookie: "__host-session=mallory" }],
])("%s is anonymous", (_name, headers) => {
  expect(credentialOf(/** @type {any} */ (headers))).toBeNull();
});

test.each([
  ["ambiguous_credentials", { cookie: "__Host-session=abc", "x-api-key": "k" }],
  ["duplicate_header", { cookie: "__Host-session=abc; __Host-session=abc" }],
  ["malformed_credential", { cookie: "__Host-session=abc, __Host-session=abd" }],
  ["malformed_credential", { cookie: "__Host-session=abc\u00a0" }],
  ["malformed_credential", { authorization: "Basic YTpi" }],
  ["malformed_credential", { authorization: "" }],
  ["malformed_credential", { "x-api-key": "a b" }],
  ["malformed_credential", { cookie: '__Host-session="abc"' }],
  ["header_too_large", { "x-api-key": "k".repeat(4097) }],
])("%s: %o", (code, headers) => {
  expect(refusalOf(() => credentialOf(/** @type {any} */ (headers)))).toBe(code);
});

/** Names and values as browsers keep and send them: all but controls and `;`, and in a name but `=` (RFC 6265, 5.2). */
const octets = fc.string({ unit: fc.integer({ min: 0x20, max: 0xff }).map((code) => String.fromCharCode(code)), maxLength: 12 });
const values = octets.map((text) => text.replace(/[;\x7f]/g, "").replace(/^ +| +$/g, ""));
const names = values.map((text) => text.replaceAll("=", "")).filter((name) => name !== "" && !/^[ \t]|[ \t]$/.test(name));
const HOSTILE = fc.constantFrom("__Host-session=mallory", ",__Host-session=mallory", "\u00a0__Host-session", "x, __Host-session=m", '"; "');
const cookies = fc.record({ name: names, value: fc.oneof(values, HOSTILE.map((text) => text.replaceAll(";", ""))) });

test("whatever other cookies a browser sends, the session is the one that it keeps under that very name", () => {
  const jars = fc.tuple(fc.array(cookies, { maxLength: 6 }), fc.option(fc.stringMatching(/^[A-Za-z0-9._~+/-]{1,20}$/)), fc.nat());
  fc.assert(
    fc.property(jars, ([others, session, at]) => {
      const jar = others.filter(({ name }) => name !== "__Host-session");
      if (session !== null) jar.splice(at % (jar.length + 1), 0, { name: "__Host-session", value: session });
      const header = jar.map(({ name, value }) => `${name}=${value}`).join("; ");
      // Headers made here warn of every byte beyond ASCII; those of a request do not.
      const headers = /** @type {any} */ ({ get: (/** @type {string} */ name) => (name === "cookie" ? header : null) });
      expect(cookieValues(headers, "__Host-session")).toEqual(session === null ? [] : [session]);
      expect(readCredential(headers)).toEqual(session === null ? null : { kind: "cookie", value: session });
    }),
  );
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

  test("a query that names two is refused, whichever a region would take", () => {
    const twice = new URL("https://app.example/?workspace=acme&a=1&workspace=bolts");
    expect(refusalOf(() => readWorkspace(new Headers(), twice))).toBe("duplicate_header");
    expect(refusalOf(() => readWorkspace(new Headers({ "x-workspace": "acme" }), twice))).toBe("duplicate_header");
  });

  test.each(["../x", "a b", "-a", "a".repeat(65), "caf\u00e9"])("%s is none", (workspace) => {
    expect(refusalOf(() => readWorkspace(new Headers(), new URL(`https://a.example/?workspace=${encodeURIComponent(workspace)}`)))).toBe("malformed_hint");
  });
});

test("a region hint that is no region's name is no hint", () => {
  expect(readRegionHint(new Headers({ cookie: "__Host-region=eu-west" }))).toBe("eu-west");
  expect(readRegionHint(new Headers({ cookie: "__Host-region=//evil.example" }))).toBeNull();
  expect(readHintCookie(new Headers(), "__Host-region")).toBeNull();
  expect(readHintCookie(new Headers({ cookie: "time_zone=Europe/Berlin; time_zone=Asia/Tokyo" }), "time_zone")).toBeNull();
});
