import { expect, test } from "vitest";

import { draw, drawFor } from "../../src/placement.js";
import vectors from "../vectors/placement.json";

/** @param {Record<string, number>} weights @returns {import("../../src/types.js").Region[]} */
const regions = (weights) => Object.entries(weights).map(([name, weight]) => ({ name, weight, locality: "eu", origin: "https://a.example" }));

test.each(vectors.draws)("the vectors that Python draws by too: $weights", async ({ weights, regions: expected }) => {
  const open = regions(/** @type {any} */ (weights));
  const drawn = await Promise.all(Object.keys(expected).map(async (key) => [key, await draw(open, key)]));
  expect(Object.fromEntries(drawn)).toEqual(expected);
});

/** @param {Record<string, number>} weights @param {string} [cookie] */
async function drawn(weights, cookie) {
  /** @type {import("../../src/types.js").Journey} */
  const journey = { method: "GET", requestId: "id", startedAtMs: 0, decidedAtMs: 0, hops: 0 };
  const region = await drawFor({ wanted: "eu", open: regions(weights), reason: "country" }, new Headers(cookie ? { cookie } : {}), journey);
  return { region, cookie: journey.cookie };
}

const KEY = "0123456789abcdef0123456789abcdef";

test("where there is one region or none, nothing is drawn and no cookie is set", async () => {
  expect(await drawn({ "eu-west": 1 })).toEqual({ region: "eu-west", cookie: undefined });
  expect(await drawn({})).toEqual({ region: "", cookie: undefined });
});

test("a client that sends its key is drawn by it, and keeps it", async () => {
  const { region, cookie } = await drawn({ "eu-north": 1, "eu-west": 1 }, `__Host-flow=${KEY}`);
  expect([region, cookie]).toEqual([await draw(regions({ "eu-north": 1, "eu-west": 1 }), KEY), undefined]);
});

test.each([undefined, "__Host-flow=", `__Host-flow=${KEY}0`, `__Host-flow=${KEY.toUpperCase()}`, `__Host-flow=${KEY}; __Host-flow=${KEY}`])(
  "a client that sends %o gets a key of 128 random bits, by which it was drawn",
  async (sent) => {
    const first = await drawn({ "eu-north": 1, "eu-west": 1 }, sent);
    const second = await drawn({ "eu-north": 1, "eu-west": 1 }, sent);
    expect(first.cookie).toMatch(/^__Host-flow=[0-9a-f]{32}; Max-Age=86400; Path=\/; Secure; HttpOnly; SameSite=Lax$/);
    expect(second.cookie).not.toBe(first.cookie);
    expect(await drawn({ "eu-north": 1, "eu-west": 1 }, first.cookie?.split("; ")[0])).toEqual({ region: first.region, cookie: undefined });
  },
);
