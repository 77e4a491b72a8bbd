import { beforeEach, describe, expect, test } from "vitest";

import { AuthUnavailable } from "../../src/auth.js";
import { AnswerCache } from "../../src/cache.js";
import { createBreaker, createFlights } from "../../src/calls.js";
import { Jwks } from "../../src/jwt.js";
import { createResolver } from "../../src/resolver.js";

/** @import { Asking, Entry, Routed } from "../../src/types.js" */

let nowMs = 0;
let asked = 0;
/** @type {() => Promise<Entry>} what the auth service does */
let answer;
/** @type {Promise<unknown>[]} what goes on after the response */
let background;
/** @type {ReturnType<typeof createResolver>} */
let resolver;

/** @param {Partial<Routed>} [changes] @returns {Routed} lives for 30 and 60 s from now */
const routed = (changes) => ({
  outcome: "routed", kind: "cookie", region: "eu-west", workspace: "acme", version: 5, context: "jwt", softAtMs: nowMs + 30_000, hardAtMs: nowMs + 60_000, ...changes,
});

/** @param {string | null} [hint] @returns {Asking} */
const asking = (hint = null) => ({
  key: "key",
  question: { host: "app.example", credential: { kind: "cookie", value: "abc" }, workspace: "", wanted: "us" },
  place: async () => "us-east",
  hint,
  requestId: "id",
  ctx: { waitUntil: (promise) => void background.push(promise) },
});

const down = async () => {
  throw new AuthUnavailable("down", true);
};

beforeEach(() => {
  nowMs = 1_000_000;
  asked = 0;
  background = [];
  answer = async () => routed();
  const now = () => nowMs;
  const ask = () => {
    asked += 1;
    return answer();
  };
  const flights = createFlights(60_000);
  resolver = createResolver({
    auth: /** @type {any} */ ({ ask }),
    cache: new AnswerCache(),
    breaker: createBreaker(now),
    flights,
    jwks: new Jwks({ load: async () => ({ keys: [] }), kv: undefined, now, flights }),
    kv: undefined,
    now,
  });
});

test("a fresh answer is given from memory up to its soft expiry", async () => {
  expect(await resolver.resolve(asking())).toMatchObject({ region: "eu-west", context: "jwt", state: "fresh", source: "miss" });
  nowMs += 29_999;
  expect(await resolver.resolve(asking())).toMatchObject({ state: "fresh", source: "hit" });
  expect(asked).toBe(1);
});

test("between soft and hard expiry it is given at once, marked stale, and asked for behind the response", async () => {
  await resolver.resolve(asking());
  nowMs += 30_000;
  answer = async () => routed({ version: 6 });
  expect(await resolver.resolve(asking())).toMatchObject({ state: "stale", version: 5 });
  await Promise.all(background);
  expect(await resolver.resolve(asking())).toMatchObject({ state: "fresh", version: 6 });
});

test("with the auth service down it is given to its hard expiry and not a millisecond longer", async () => {
  await resolver.resolve(asking());
  answer = down;
  nowMs += 59_999;
  expect(await resolver.resolve(asking())).toMatchObject({ context: "jwt", state: "stale" });
  await Promise.allSettled(background);
  nowMs += 1;
  expect(await resolver.resolve(asking())).toMatchObject({ region: "eu-west", context: null, state: "none", source: "last-known" });
});

test("a revocation is found at the soft expiry, while the auth service is up", async () => {
  await resolver.resolve(asking());
  nowMs += 30_000;
  answer = async () => ({ outcome: "denied", kind: "cookie", code: "invalid_credential", hardAtMs: nowMs + 5_000 });
  await resolver.resolve(asking());
  await Promise.all(background);
  await expect(resolver.resolve(asking())).rejects.toMatchObject({ code: "invalid_credential" });
});

test("a denial is repeated for five seconds, and then asked about again", async () => {
  answer = async () => ({ outcome: "denied", kind: "cookie", code: "not_a_member", hardAtMs: nowMs + 5_000 });
  await expect(resolver.resolve(asking())).rejects.toMatchObject({ code: "not_a_member" });
  nowMs += 4_999;
  await expect(resolver.resolve(asking("eu-west"))).rejects.toMatchObject({ code: "not_a_member" });
  expect(asked).toBe(1);
  nowMs += 1;
  answer = async () => routed();
  expect(await resolver.resolve(asking())).toMatchObject({ state: "fresh" });
});

test("without an answer, a memory and a hint there is no region, and none is guessed", async () => {
  answer = down;
  expect(await resolver.resolve(asking("eu-west"))).toMatchObject({ region: "eu-west", context: null, source: "hint" });
  await expect(resolver.resolve(asking())).rejects.toMatchObject({ code: "auth_unavailable" });
});

test("what is known counts more than a hint", async () => {
  await resolver.resolve(asking());
  answer = down;
  nowMs += 60_000;
  expect(await resolver.resolve(asking("us-east"))).toMatchObject({ region: "eu-west", source: "last-known" });
});

test("after five failures nobody asks for five seconds, then one does", async () => {
  answer = down;
  for (let n = 0; n < 9; n += 1) await resolver.resolve(asking("eu-west"));
  expect(asked).toBe(5);
  nowMs += 5_000;
  for (let n = 0; n < 3; n += 1) await resolver.resolve(asking("eu-west"));
  expect(asked).toBe(6);
});

test("denials do not open the breaker", async () => {
  answer = async () => ({ outcome: "denied", kind: "cookie", code: "invalid_credential", hardAtMs: nowMs });
  for (let n = 0; n < 9; n += 1) await resolver.resolve(asking()).catch(() => {});
  expect(asked).toBe(9);
});

describe("after a move", () => {
  const moved = { workspace: "acme", to: "us-east", version: 6 };

  test("the answer is asked for again, and counts", async () => {
    const decision = await resolver.resolve(asking());
    answer = async () => routed({ region: "us-east", version: 6, context: "new" });
    expect(await resolver.reroute(asking(), decision, moved)).toMatchObject({ region: "us-east", context: "new", version: 6 });
  });

  test("a lower or equal version changes nothing", async () => {
    const decision = await resolver.resolve(asking());
    for (const version of [4, 5]) {
      await expect(resolver.reroute(asking(), decision, { ...moved, version })).rejects.toMatchObject({ code: "region_moved" });
    }
    expect(await resolver.resolve(asking())).toMatchObject({ region: "eu-west", context: "jwt", source: "hit" });
  });

  test("another workspace's changes nothing", async () => {
    const decision = await resolver.resolve(asking());
    await expect(resolver.reroute(asking(), decision, { ...moved, workspace: "bolts" })).rejects.toMatchObject({ code: "bad_reroute" });
  });

  test("an auth service that is behind gives no context, but the new place is kept", async () => {
    const decision = await resolver.resolve(asking());
    const next = { region: "us-east", context: null, source: "last-known", version: 6 };
    expect(await resolver.reroute(asking(), decision, moved)).toMatchObject(next);
    expect(await resolver.resolve(asking())).toMatchObject(next);
  });

  test("who has been told already by another request does not ask", async () => {
    const decision = await resolver.resolve(asking());
    answer = async () => routed({ region: "ap-east", version: 7, context: "newer" });
    nowMs += 30_000;
    await resolver.resolve(asking());
    await Promise.all(background);
    const before = asked;
    expect(await resolver.reroute(asking(), decision, moved)).toMatchObject({ region: "ap-east", version: 7, source: "hit" });
    expect(asked).toBe(before);
  });
});
