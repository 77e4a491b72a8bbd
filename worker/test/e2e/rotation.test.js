import { afterAll, beforeAll, expect, test } from "vitest";

import { Fleet, send, session } from "./fleet.js";

/** @type {Fleet} */
let fleet;

beforeAll(async () => {
  fleet = await Fleet.start();
});

afterAll(() => fleet.stop());

test("keys are rotated twice under load, and every request is answered with its own workspace", async () => {
  const users = Array.from({ length: 60 }, (_, n) => `user-${n}`);
  for (const [n, user] of users.entries()) {
    fleet.enrol({ kind: "cookie", credential: user, workspace: user, region: n % 2 === 0 ? "us-east" : "eu-west" });
  }
  /** @type {Set<string>} */
  const kids = new Set();
  /** @param {string} user */
  const ask = async (user) => {
    const { status, json } = await send(fleet.origin, "/", { headers: session(user) });
    const [header = ""] = json.headers["x-edge-context"].split(".");
    kids.add(JSON.parse(Buffer.from(header, "base64url").toString()).kid);
    return [status, json.identity.workspace];
  };
  for (let round = 0; round < 3; round += 1) {
    // Those who come now have asked nobody yet, so their contexts are signed with the key of the round.
    const arrived = users.slice(0, (round + 1) * 20);
    const load = Promise.all([...arrived, ...arrived].map(ask));
    fleet.auth.publishNextKey();
    const answers = await load;
    expect(answers).toEqual([...arrived, ...arrived].map((user) => [200, user]));
    fleet.auth.useNewestKey();
  }
  expect([...kids].sort()).toEqual(["key-1", "key-2", "key-3"]);
});

test("twenty workspaces that move at once after a rotation are all found", async () => {
  const users = Array.from({ length: 20 }, (_, n) => `mover-${n}`);
  const origin = await fleet.deploy();
  for (const user of users) {
    fleet.enrol({ kind: "cookie", credential: user, workspace: user, region: "us-east" });
    await send(origin, "/", { headers: session(user) });
  }
  fleet.auth.publishNextKey();
  fleet.auth.useNewestKey();
  fleet.auth.retireOldKeys();
  for (const user of users) fleet.regions["us-east"].leave(user, fleet.auth.move(user, "eu-west"));
  const answers = await Promise.all(users.map((user) => send(origin, "/", { headers: session(user) })));
  expect(answers.map(({ status, json }) => [status, json.region, json.identity?.workspace])).toEqual(users.map((user) => [200, "eu-west", user]));
});

test("a move signed by a key that the Worker has not seen is verified after one fetch", async () => {
  fleet.enrol({ kind: "cookie", credential: "anna", workspace: "acme", region: "us-east" });
  await send(fleet.origin, "/", { headers: session("anna") });
  fleet.auth.publishNextKey();
  fleet.auth.useNewestKey();
  fleet.auth.retireOldKeys();
  fleet.regions["us-east"].leave("acme", fleet.auth.move("acme", "eu-west"));
  const { status, json } = await send(fleet.origin, "/", { headers: session("anna") });
  expect([status, json.region, json.identity.workspace]).toEqual([200, "eu-west", "acme"]);
});
