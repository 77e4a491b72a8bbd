import { expect, test } from "vitest";

import { cacheKey, lengthPrefixed } from "../../src/key.js";

/** @type {import("../../src/types.js").Question} */
const question = { host: "app.example", credential: { kind: "cookie", value: "abc" }, workspace: "acme", wanted: "us" };

test("the same question has the same key, from which the credential cannot be had", async () => {
  const key = await cacheKey(question);
  expect(key).toMatch(/^[0-9a-f]{64}$/);
  expect(await cacheKey(structuredClone(question))).toBe(key);
});

test("each part of the question makes another key", async () => {
  const { credential } = question;
  const questions = [
    question,
    { ...question, host: "other.example" },
    { ...question, credential: { ...credential, kind: /** @type {const} */ ("bearer") } },
    { ...question, credential: { ...credential, value: "abd" } },
    { ...question, workspace: "" },
    { ...question, wanted: "eu" },
  ];
  expect(new Set(await Promise.all(questions.map(cacheKey))).size).toBe(questions.length);
});

test("characters that move from one part to the next make another key", async () => {
  const moved = { ...question, credential: { kind: /** @type {const} */ ("cookie"), value: "abcac" }, workspace: "me" };
  expect(await cacheKey(moved)).not.toBe(await cacheKey(question));
  expect(lengthPrefixed(["ab", "c"])).not.toEqual(lengthPrefixed(["a", "bc"]));
});

test("a digit that begins a part is none of its length", () => {
  expect(new TextDecoder().decode(lengthPrefixed(["1", "2:x", ""]))).toBe("1:13:2:x0:");
});
