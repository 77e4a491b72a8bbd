import { afterAll, beforeAll, expect, test } from "vitest";

import { Fleet, send, session } from "./fleet.js";

/** @type {Fleet} */
let fleet;

beforeAll(async () => {
  fleet = await Fleet.start();
});

afterAll(() => fleet.stop());

test("a session cookie leads to the region of its workspace, with a context that the region accepts", async () => {
  fleet.enrol({ kind: "cookie", credential: "anna", workspace: "acme", region: "eu-west" });
  const { status, json } = await send(fleet.origin, "/things?a=1&b=%2F", { headers: session("anna") });
  expect(status).toBe(200);
  expect(json).toMatchObject({ region: "eu-west", identity: { user: "user-of-acme", workspace: "acme" }, method: "GET", url: "/things?a=1&b=%2F" });
});
