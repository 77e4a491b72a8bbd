import { expect, test } from "vitest";

import { cacheKey } from "../../src/key.js";

const question = { host: "app.example.com", credential: { kind: /** @type {const} */ ("cookie"), value: "abc" }, workspace: "", placement: "us-east" };

test("the same question has the same key, and it is not the credential", async () => {
  const key = await cacheKey(question);
  expect(key).toMatch(/^[0-9a-f]{64}$/);
  expect(await cacheKey({ ...question })).toBe(key);
});
