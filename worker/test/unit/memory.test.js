import { describe, expect, test } from "vitest";

import { AuthUnavailable } from "../../src/auth.js";
import { AnswerCache, Lru } from "../../src/cache.js";
import { createBreaker, createFlights } from "../../src/calls.js";

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

describe("the breaker", () => {
  let nowMs = 0;
  const asksWith = (/** @type {(call: () => Promise<unknown>) => Promise<unknown>} */ breaker) => async (/** @type {Error | undefined} */ error) => {
    let asked = false;
    const call = async () => {
      asked = true;
      if (error) throw error;
    };
    await breaker(call).catch(() => {});
    return asked;
  };

  test("opens after failures in a row, lets one try after the pause, and closes with a success", async () => {
    const asks = asksWith(createBreaker(() => nowMs, 3, 100));
    const down = new Error("down");
    for (let n = 0; n < 3; n += 1) expect(await asks(down)).toBe(true);
    expect(await asks(down)).toBe(false);
    nowMs = 100;
    expect(await Promise.all([asks(down), asks(down)])).toEqual([true, false]);
    expect(await asks(down)).toBe(false);
    nowMs = 200;
    expect(await asks(undefined)).toBe(true);
    expect(await Promise.all([asks(undefined), asks(undefined)])).toEqual([true, true]);
  });

  test("is not opened by errors of a service that answers, which end a series of failures", async () => {
    const asks = asksWith(createBreaker(() => 0, 2, 100));
    for (const isDown of [true, false, true, false, false]) await asks(new AuthUnavailable("x", isDown));
    expect(await asks(undefined)).toBe(true);
  });

  test("says of itself that there is no answer", async () => {
    const breaker = createBreaker(() => 0, 1, 100);
    await breaker(() => Promise.reject(new Error("down"))).catch(() => {});
    await expect(breaker(async () => "up")).rejects.toBeInstanceOf(AuthUnavailable);
  });
});

describe("single flight", () => {
  const ctx = { waitUntil: () => {} };

  test("those who come while it flies share it, those who come later do not", async () => {
    const flights = createFlights(60_000);
    let starts = 0;
    const { promise, resolve } = /** @type {PromiseWithResolvers<string>} */ (Promise.withResolvers());
    const start = () => {
      starts += 1;
      return promise;
    };
    const together = [flights("key", ctx, start), flights("key", ctx, start), flights("other", ctx, start)];
    resolve("landed");
    expect(await Promise.all(together)).toEqual(["landed", "landed", "landed"]);
    expect(starts).toBe(2);
    await flights("key", ctx, start);
    expect(starts).toBe(3);
  });

  test("a failure reaches all who share it, and is not kept", async () => {
    const flights = createFlights(60_000);
    const fail = () => Promise.reject(new Error("down"));
    const together = await Promise.allSettled([flights("key", ctx, fail), flights("key", ctx, fail)]);
    expect(together.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    expect(await flights("key", ctx, async () => "up")).toBe("up");
  });

  test("a flight whose leader was lost holds nobody for ever", async () => {
    const flights = createFlights(1);
    const lost = flights("key", ctx, () => new Promise(() => {})).catch((error) => error);
    await expect(flights("key", ctx, async () => "never")).rejects.toBeInstanceOf(AuthUnavailable);
    expect(await flights("key", ctx, async () => "next")).toBe("next");
    expect(await lost).toBeInstanceOf(AuthUnavailable);
  });
});
