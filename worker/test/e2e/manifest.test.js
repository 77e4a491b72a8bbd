import { readFileSync } from "node:fs";

import { expect, test } from "vitest";

import { MANIFEST, modules } from "../../dev/manifest.js";

const read = (/** @type {string} */ path) => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");

test("the bindings that are described are those that the code reads, required or not", () => {
  const [, env = ""] = /export type Env = \{([^}]+)\}/.exec(read("src/types.d.ts")) ?? [];
  const wanted = [...env.matchAll(/(\w+)(\??):/g)].map(([, name, optional]) => ({ name, required: optional === "" }));
  expect(MANIFEST.bindings.map(({ name, required }) => ({ name, required }))).toEqual(wanted);
});

test("modules import nothing but each other, by names without folders, so that each can be uploaded as it is", () => {
  const names = modules().map(({ name }) => `./${name}`);
  const imported = modules().flatMap(({ contents }) => [...contents.matchAll(/^import .* from "(.+)";$/gm)].map(([, from]) => from));
  expect(imported.length).toBeGreaterThan(names.length);
  expect(imported.filter((from) => !names.includes(String(from)))).toEqual([]);
  expect(names[0]).toBe("./index.js");
});

test("the whole Worker is less than 1,100 lines, comments and all", () => {
  const lines = modules().map(({ contents }) => contents.split("\n").length - 1);
  expect(lines.reduce((total, count) => total + count, 0)).toBeLessThan(1100);
});

test("the lock names no registry", () => {
  expect(read("package-lock.json")).not.toContain('"resolved"');
});
