import { beforeEach, expect, test } from "vitest";

import { createFlights } from "../../src/calls.js";
import { Jwks, verifyMoved } from "../../src/jwt.js";

/** @type {CryptoKeyPair} */
let pair;
/** @type {any} */
let jwk;
let nowMs = 0;
let loads = 0;
/** @type {() => Promise<Record<string, unknown>>} */
let load;
/** @type {Jwks} */
let jwks;
const ctx = { waitUntil: () => {} };

beforeEach(async () => {
  pair = /** @type {CryptoKeyPair} */ (await crypto.subtle.generateKey({ name: "Ed25519" }, true, ["sign", "verify"]));
  jwk = { ...(await crypto.subtle.exportKey("jwk", pair.publicKey)), kid: "key-1" };
  nowMs = 0;
  loads = 0;
  load = async () => ({ keys: [jwk, { kty: "oct", kid: "shared", k: "c2VjcmV0" }] });
  const counted = () => {
    loads += 1;
    return load();
  };
  jwks = new Jwks({ load: counted, kv: undefined, now: () => nowMs, flights: createFlights(60_000) });
});

const encode = (/** @type {ArrayBuffer | Uint8Array} */ bytes) =>
  btoa(String.fromCharCode(...new Uint8Array(bytes))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

/** @param {object} [header] @param {object} [claims] */
async function statement(header = {}, claims = {}) {
  const parts = [
    { alg: "EdDSA", typ: "moved+jwt", kid: "key-1", ...header },
    { sub: "acme", from: "us-east", to: "eu-west", version: 6, ...claims },
  ];
  const signed = parts.map((part) => encode(new TextEncoder().encode(JSON.stringify(part)))).join(".");
  return `${signed}.${encode(await crypto.subtle.sign({ name: "Ed25519" }, pair.privateKey, new TextEncoder().encode(signed)))}`;
}

test("what the auth service has signed is believed", async () => {
  expect(await verifyMoved(await statement(), jwks, ctx)).toEqual({ workspace: "acme", to: "eu-west", version: 6 });
});

test.each([
  ["alg none", { alg: "none" }, {}],
  ["HS256", { alg: "HS256", kid: "shared" }, {}],
  ["a key that is no Ed25519 key", { kid: "shared" }, {}],
  ["a context's type", { typ: "context+jwt" }, {}],
  ["no key id", { kid: undefined }, {}],
  ["no workspace", {}, { sub: undefined }],
  ["no place", {}, { to: 5 }],
  ["a version that is no integer", {}, { version: 6.5 }],
])("%s is not", async (_name, header, claims) => {
  expect(await verifyMoved(await statement(header, claims), jwks, ctx)).toBeNull();
});

test("one changed character undoes the signature", async () => {
  const token = await statement();
  const [header, , signature] = token.split(".");
  const claims = encode(new TextEncoder().encode(JSON.stringify({ sub: "acme", to: "us-east", version: 6 })));
  expect(await verifyMoved(`${header}.${claims}.${signature}`, jwks, ctx)).toBeNull();
  expect(await verifyMoved(`${token}.x`, jwks, ctx)).toBeNull();
  expect(await verifyMoved(null, jwks, ctx)).toBeNull();
});

test("unknown key ids cost one fetch in thirty seconds, whoever makes them up", async () => {
  for (let n = 0; n < 20; n += 1) await jwks.key(`made-up-${n}`, ctx);
  expect(loads).toBe(1);
  nowMs += 30_000;
  await jwks.key("made-up", ctx);
  expect(loads).toBe(2);
});

test("a fetch that failed is made again a second later, and until then nobody is said to have forged anything", async () => {
  await jwks.preload(ctx);
  expect(jwks.isOutOfReach).toBe(false);
  load = () => Promise.reject(new Error("slow"));
  for (let n = 0; n < 20; n += 1) await jwks.key("key-2", ctx);
  expect([loads, jwks.isOutOfReach]).toEqual([2, true]);
  nowMs += 1_000;
  load = async () => ({ keys: [{ ...jwk, kid: "key-2" }] });
  expect(await jwks.key("key-2", ctx)).toBeDefined();
  expect([loads, jwks.isOutOfReach]).toEqual([3, false]);
});

test("all who come with a new key id share one fetch, also one that began before the key was published", async () => {
  const published = jwk;
  /** @type {() => void} */
  let publish = () => {};
  const later = new Promise((resolve) => {
    publish = () => resolve(undefined);
  });
  load = async () => {
    await later;
    return { keys: loads === 1 ? [] : [published] };
  };
  const early = jwks.preload(ctx);
  const tokens = await Promise.all(Array.from({ length: 20 }, (_, n) => statement({}, { version: n })));
  const verified = Promise.all(tokens.map((token) => verifyMoved(token, jwks, ctx)));
  publish();
  await early;
  expect((await verified).map((moved) => moved?.version)).toEqual(Array.from({ length: 20 }, (_, n) => n));
  expect(loads).toBe(2);
});

test("the last good keys outlive an outage of the auth service", async () => {
  await jwks.preload(ctx);
  nowMs += 60_000;
  load = () => Promise.reject(new Error("down"));
  await jwks.key("unknown", ctx);
  expect(await verifyMoved(await statement(), jwks, ctx)).not.toBeNull();
});
