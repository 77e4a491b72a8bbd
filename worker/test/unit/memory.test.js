import { describe, expect, test } from "vitest";

import { Breaker } from "../../src/breaker.js";
import { AnswerCache } from "../../src/cache.js";
import { Flights } from "../../src/flights.js";
import { Lru } from "../../src/lru.js";

/** @import { Denied, Routed } from "../../src/types.js" */

/** @param {Partial<Routed>} [changes] @returns {Routed} */
const routed = (changes) => ({
  outcome: "routed", kind: "cookie", region: "eu-west", workspace: "acme", version: 5, context: "jwt", softAtMs: 30, hardAtMs: 60, ...changes,
});
/** @type {Denied} */
const denied = { outcome: "denied", kind: "cookie", code: "invalid_credential", hardAtMs: 5 };

test("the map forgets what was not used for the longest time", () => {
  const lru = new Lru(2);
  lru.set("a", 1);
  lru.set("b", 2);
  lru.get("a");
  lru.set("c", 3);
  expect([lru.get("a"), lru.get("b"), lru.get("c")]).toEqual([1, undefined, 3]);
});

describe("the cache", () => {
  test("an answer about another kind of credential is none, even under the same key", () => {
    const cache = new AnswerCache();
    cache.put("key", routed());
    expect(cache.get("key", "cookie")).toEqual(routed());
    expect(cache.get("key", "bearer")).toBeUndefined();
  });

  test("a lower version of the same workspace never overwrites", () => {
    const cache = new AnswerCache();
    cache.put("key", routed());
    expect(cache.put("key", routed({ version: 4, region: "us-east" }))).toEqual(routed());
    expect(cache.put("key", routed({ version: 6 }))).toEqual(routed({ version: 6 }));
    expect(cache.put("key", routed({ version: 1, workspace: "other" }))).toEqual(routed({ version: 1, workspace: "other" }));
  });

  test("a workspace that moved leaves no context of any other credential behind", () => {
    const cache = new AnswerCache();
    cache.put("anna", routed());
    cache.put("bob", routed({ version: 6, region: "us-east" }));
    const gone = routed({ version: 6, region: "us-east", context: "", softAtMs: 0, hardAtMs: 0 });
    expect(cache.get("anna", "cookie")).toEqual(gone);
    expect(cache.put("carl", routed())).toEqual(gone);
    expect(cache.put("anna", routed({ version: 6, region: "us-east" }))).toEqual(routed({ version: 6, region: "us-east" }));
  });

  test("a denial ends what was known, and an answer ends a denial", () => {
    const cache = new AnswerCache();
    cache.put("key", routed());
    cache.put("key", denied);
    expect(cache.get("key", "cookie")).toEqual(denied);
    cache.put("key", routed());
    expect(cache.get("key", "cookie")).toEqual(routed());
  });

  test("a flood of denials pushes out no answer", () => {
    const cache = new AnswerCache(2, 3);
    cache.put("key", routed());
    for (let n = 0; n < 100; n += 1) cache.put(`made-up ${n}`, denied);
    expect(cache.get("key", "cookie")).toEqual(routed());
    expect([cache.get("made-up 96", "cookie"), cache.get("made-up 97", "cookie")]).toEqual([undefined, denied]);
  });
});

test("the breaker opens after failures in a row, lets one try after the pause, and closes with a success", async () => {
  let nowMs = 0;
  const fails = () => breaker.watch(Promise.reject(new Error("down")), () => true).catch(() => {});
  const breaker = new Breaker({ now: () => nowMs, threshold: 3, pauseMs: 100 });
  for (let n = 0; n < 3; n += 1) {
    expect(breaker.allows()).toBe(true);
    await fails();
  }
  expect(breaker.allows()).toBe(false);
  nowMs = 100;
  expect([breaker.allows(), breaker.allows()]).toEqual([true, false]);
  await fails();
  expect(breaker.allows()).toBe(false);
  nowMs = 200;
  expect(breaker.allows()).toBe(true);
  await breaker.watch(Promise.resolve(), () => true);
  expect([breaker.allows(), breaker.allows()]).toEqual([true, true]);
});

test("errors of a service that answers do not open the breaker, and end a series of failures", async () => {
  const breaker = new Breaker({ now: () => 0, threshold: 2, pauseMs: 100 });
  for (const isFailure of [true, false, true, false, false]) await breaker.watch(Promise.reject(new Error("x")), () => isFailure).catch(() => {});
  expect(breaker.allows()).toBe(true);
});

describe("single flight", () => {
  const ctx = { waitUntil: () => {} };

  test("those who come while it flies share it, those who come later do not", async () => {
    const flights = new Flights({ limitMs: 60_000, onLimit: () => new Error("limit") });
    let starts = 0;
    const { promise, resolve } = /** @type {PromiseWithResolvers<string>} */ (Promise.withResolvers());
    const start = () => {
      starts += 1;
      return promise;
    };
    const together = [flights.join("key", ctx, start), flights.join("key", ctx, start), flights.join("other", ctx, start)];
    resolve("landed");
    expect(await Promise.all(together)).toEqual(["landed", "landed", "landed"]);
    expect(starts).toBe(2);
    await flights.join("key", ctx, start);
    expect(starts).toBe(3);
  });

  test("a failure reaches all who share it, and is not kept", async () => {
    const flights = new Flights({ limitMs: 60_000, onLimit: () => new Error("limit") });
    const fail = () => Promise.reject(new Error("down"));
    const together = await Promise.allSettled([flights.join("key", ctx, fail), flights.join("key", ctx, fail)]);
    expect(together.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    expect(await flights.join("key", ctx, async () => "up")).toBe("up");
  });

  test("a flight whose leader was lost holds nobody for ever", async () => {
    const flights = new Flights({ limitMs: 1, onLimit: () => new Error("limit") });
    const lost = flights.join("key", ctx, () => new Promise(() => {}));
    await expect(flights.join("key", ctx, async () => "never")).rejects.toThrow("limit");
    expect(await flights.join("key", ctx, async () => "next")).toBe("next");
    expect(lost).toBeInstanceOf(Promise);
  });
});
