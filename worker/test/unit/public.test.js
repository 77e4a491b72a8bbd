import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { findPublic, parsePublicRequests, readKey } from "../../src/public.js";
import { refusalOf } from "./refusal.js";

const RANDOM = "Zm9yLXRlc3RzLW9ubHktMTIzNA";
const FILE = { path: "/files/{key}/**", kind: "file", minted: true };
const REQUESTS = [
  FILE,
  { path: "/oauth/*/callback", kind: "oauth-state", minted: true, query: "state", forward: ["cookie"] },
  { path: "/hooks/git", kind: "git-hook", header: "x-hook-id" },
  { path: "/hooks/billing", kind: "billing", deliver: "all", headers: ["x-signature"] },
];

/** @param {unknown[]} requests */
const parsed = (requests) => parsePublicRequests({ version: 1, requests });
const LIST = parsed(REQUESTS);

/** @param {string} path @param {import("../../src/types.js").PublicList} [list] */
const kindAt = (path, list = LIST) => findPublic(list, new URL(`https://app.example${path}`))?.listed.kind;

/** @param {string} path @param {Record<string, string>} [headers] */
function asked(path, headers = {}) {
  const url = new URL(`https://app.example${path}`);
  const match = findPublic(LIST, url);
  if (match === null) throw new Error("not of the list");
  return readKey(match, url, new Headers(headers)).question;
}

test.each([
  [`/files/ws_1.${RANDOM}/a.pdf`, "key:file"],
  [`/files/ws_1.${RANDOM}/a/b%20c//d%C3%A9.pdf`, "key:file"],
  [`/x/../files/ws_1.${RANDOM}/a`, "key:file"],
  ["/oauth/git/callback?state=x", "key:oauth-state"],
  ["/hooks/git", "key:git-hook"],
  ["/hooks/billing?x=1", "key:billing"],
  ["/", undefined],
  ["/files", undefined],
  [`/files/ws_1.${RANDOM}`, "key:file"],
  [`/files/ws_1.${RANDOM}/`, "key:file"],
  ["/oauth/callback", undefined],
  ["/oauth/a/b/callback", undefined],
  ["/hooks/gitx", undefined],
  ["/a%2Fb%20c//D;e/", undefined],
  ["/api/issues/%E2%82%AC", undefined],
])("%s is %s", (path, kind) => {
  expect(kindAt(path)).toBe(kind);
});

test.each([
  ["percent-encoded letters", "/%66iles/k/a"],
  ["a percent-encoded slash", "/files%2Fk/a"],
  ["capital letters", "/Files/k/a"],
  ["a doubled slash", "/files//k/a"],
  ["a leading doubled slash", "//hooks/git"],
  ["a final slash", "/hooks/git/"],
  ["a backslash that is encoded", "/hooks%5Cgit"],
  ["a path parameter", "/hooks;x=1/git"],
  ["a tab", "/hooks/gi%09t"],
  ["a way out of a listed path", "/files/k/..%2F..%2Fapi"],
  ["a way to another key", "/files/k/..%2Fother/a"],
  ["a way into a listed path", "/api/..%2Fhooks/git"],
  ["an encoded dot segment behind an encoded slash", "/api%2F%2E%2E%2Fhooks/git"],
  ["a key with a parameter", "/files/k;x/a"],
])("%s, which servers read in different ways, is ambiguous", (_name, path) => {
  expect(refusalOf(() => kindAt(path))).toBe("ambiguous_path");
});

/** As a server reads a path that decodes it whole, or segment by segment; with or without regard to case and slashes. */
const SERVERS = [
  (/** @type {string} */ path) => path,
  (/** @type {string} */ path) => decodeURIComponent(path),
  (/** @type {string} */ path) => new URL(`http://x${decodeURIComponent(path)}`).pathname,
  (/** @type {string} */ path) => decodeURIComponent(path).replaceAll(/\/+/g, "/").toLowerCase(),
];
const pieces = fc.constantFrom("files", "Files", "%66iles", "k", "K", "hooks", "git", "oauth", "callback", "/", "//", "%2F", "%2f", "..", "%2e%2E", ".", "%5C", ";a", "%3b", "x", "");

test("no server finds another pattern or another key than the Worker, however a path is written", () => {
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 9 }), (texts) => {
      const url = new URL(`https://app.example/${texts.join("")}`);
      /** @type {import("../../src/types.js").PublicMatch | null} */
      let match;
      try {
        match = findPublic(LIST, url);
      } catch {
        return; // refused: no server is asked
      }
      for (const read of SERVERS) {
        const path = read(url.pathname);
        const found = LIST.requests.find(({ exact }) => exact.test(path));
        if (found === undefined && match !== null) continue; // a server that knows no such page answers 404
        expect([found?.kind, found?.exact.exec(path)?.groups?.key?.toLowerCase()]).toEqual([match?.listed.kind, match?.segment?.toLowerCase()]);
      }
    }),
    { numRuns: 3_000 },
  );
});

describe("the key", () => {
  const minted = `ws_1.${RANDOM}`;

  test.each([
    ["of a minted one the workspace alone is asked about", `/files/${minted}/a`, {}, { credential: { kind: "key:file", value: "" }, workspace: "ws_1" }],
    ["a query parameter", `/oauth/git/callback?state=${minted}&code=1`, {}, { credential: { kind: "key:oauth-state", value: "" }, workspace: "ws_1" }],
    ["of a third party its id is", "/hooks/git", { "x-hook-id": "8712345" }, { credential: { kind: "key:git-hook", value: "8712345" }, workspace: "" }],
  ])("%s", (_name, path, headers, question) => {
    expect(asked(path, headers)).toEqual({ host: "app.example", wanted: "", ...question });
  });

  test.each([
    ["malformed_key", "/oauth/git/callback", {}],
    ["malformed_key", "/oauth/git/callback?state=", {}],
    ["malformed_key", "/hooks/git", {}],
    ["malformed_key", "/hooks/git", { "x-hook-id": "a b" }],
    ["malformed_key", `/files/ws_1${RANDOM}/a`, {}],
    ["malformed_key", "/files/ws_1.short/a", {}],
    ["malformed_key", `/files/.${RANDOM}/a`, {}],
    ["malformed_key", `/files/${"w".repeat(65)}.${RANDOM}/a`, {}],
    ["malformed_key", `/files/ws_1.${RANDOM}%C3%A9/a`, {}],
    ["malformed_key", `/files/ws_1.${RANDOM}@/a`, {}],
    ["ambiguous_path", `/files/ws_1%2E${RANDOM}/a`, {}],
    ["header_too_large", `/files/ws_1.${"x".repeat(508)}/a`, {}],
    ["duplicate_header", `/oauth/git/callback?state=${minted}&st%61te=${minted}`, {}],
    ["duplicate_header", "/hooks/git", { "x-hook-id": "1, 2" }],
  ])("%s: %s %o", (code, path, headers) => {
    expect(refusalOf(() => asked(path, /** @type {any} */ (headers)))).toBe(code);
  });

  test("of the full length is taken", () => {
    expect(asked(`/files/ws_1.${"x".repeat(507)}/a`)).toMatchObject({ workspace: "ws_1" });
  });
});

test.each([
  ["text", "{}"],
  ["no version", { requests: [] }],
  ["no list", { version: 1, requests: {} }],
  ["nothing in its list", { version: 1, requests: [null] }],
])("a binding that is %s is refused", (_name, binding) => {
  expect(refusalOf(() => parsePublicRequests(binding))).toBe("misconfigured");
});

test.each([
  ["no path", { path: undefined }],
  ["a path that begins with a variable", { path: "/{key}" }],
  ["a path that begins with all", { path: "/**" }],
  ["a path with something behind all", { path: "/a/**/{key}" }],
  ["a path with half a variable", { path: "/a/x{key}" }],
  ["a path with a bracket", { path: "/a(/{key}" }],
  ["no kind", { kind: undefined }],
  ["a kind in capital letters", { kind: "File" }],
  ["two keys in the path", { path: "/a/{key}/{key}" }],
  ["a key in path and query", { query: "key" }],
  ["a key in path and header", { header: "x-key" }],
  ["no key", { path: "/a" }],
  ["a key, and deliver: all", { deliver: "all" }],
  ["deliver to some", { path: "/a", deliver: "some" }],
  ["a header that is no name", { path: "/a", deliver: "all", headers: ["a b"] }],
])("a request with %s is refused", (_name, changes) => {
  expect(refusalOf(() => parsed([{ ...FILE, ...changes }]))).toBe("misconfigured");
});

test("a path of two patterns is nobody's", () => {
  const list = parsed([FILE, { path: "/files/*/a", kind: "other", query: "q" }]);
  expect(kindAt("/files/k/b", list)).toBe("key:file");
  expect(refusalOf(() => kindAt("/files/k/a", list))).toBe("misconfigured");
});

test("without the binding nothing is listed, and no path is ambiguous", () => {
  expect(kindAt("/%66iles//k", parsePublicRequests(undefined))).toBeUndefined();
});
