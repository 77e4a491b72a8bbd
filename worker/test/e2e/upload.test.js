/** Bodies on raw workerd, with nothing between the sockets and the Worker that could hold them back. */

import { createHash } from "node:crypto";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { request as httpRequest } from "node:http";

import { afterAll, beforeAll, expect, test } from "vitest";

import { startWorkerd } from "../../dev/workerd.js";
import { AUTH_TOKEN, Fleet, session } from "./fleet.js";

const MIB = 1024 * 1024;

/** @type {Fleet} */
let fleet;
/** @type {import("../../dev/workerd.js").Workerd} */
let workerd;

beforeAll(async () => {
  fleet = await Fleet.start();
  fleet.enrol({ kind: "cookie", credential: "anna", workspace: "acme", region: "eu-west" });
  const bindings = { REGIONS: fleet.table(), AUTH: fleet.auth.origin, AUTH_TOKEN, AUTH_TIMEOUT_MS: "2000" };
  workerd = await startWorkerd({ bindings });
});

afterAll(async () => {
  await workerd.stop();
  await fleet.stop();
});

/**
 * Sends the chunks as fast as they are taken, and reads what comes back at the same time.
 *
 * @param {string} path
 * @param {Record<string, string>} headers
 * @param {Iterable<Buffer>} chunks
 */
async function upload(path, headers, chunks) {
  const { hostname, port } = new URL(workerd.origin);
  const options = { hostname, port, path, method: "POST", headers: { ...session("anna"), ...headers }, agent: false };
  const request = httpRequest(options);
  const responding = once(request, "response");
  const sent = createHash("sha256");
  const sending = (async () => {
    for (const chunk of chunks) {
      sent.update(chunk);
      if (!request.write(chunk)) await once(request, "drain");
    }
    request.end();
  })();
  const [response] = await responding;
  const received = createHash("sha256");
  let text = "";
  for await (const chunk of response) {
    received.update(chunk);
    if (path !== "/mirror") text += chunk;
  }
  await sending;
  return { status: response.statusCode, text, sent: sent.digest("hex"), received: received.digest("hex") };
}

/**
 * Bytes that do not repeat, so that a chunk which was lost, doubled or swapped would show.
 *
 * @param {number} count
 * @param {number} size
 */
function* chunksOf(count, size) {
  for (let n = 0; n < count; n += 1) {
    const chunk = Buffer.alloc(size, n);
    chunk.writeUInt32BE(n, 0);
    yield chunk;
  }
}

/** @returns {number} the most memory that workerd has held so far, in MiB (proc_pid_status(5), VmHWM) */
function peakMib() {
  const [, kib] = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${workerd.pid}/status`, "utf8")) ?? [];
  return Number(kib) / 1024;
}

test("an upload of known length keeps its length and arrives byte for byte", async () => {
  const { status, text, sent } = await upload("/echo", { "content-length": String(3 * MIB) }, chunksOf(3, MIB));
  const seen = JSON.parse(text);
  expect([status, seen.bytes, seen.sha256]).toEqual([200, 3 * MIB, sent]);
  expect([seen.headers["content-length"], seen.headers["transfer-encoding"]]).toEqual([String(3 * MIB), undefined]);
});

test("a chunked upload arrives byte for byte", async () => {
  const { status, text, sent } = await upload("/echo", {}, chunksOf(500, 7_919));
  const seen = JSON.parse(text);
  expect([status, seen.bytes, seen.sha256]).toEqual([200, 500 * 7_919, sent]);
  expect(seen.headers["transfer-encoding"]).toBe("chunked");
});

test("an upload that expects 100 (Continue) arrives byte for byte, and the region is not asked for it", async () => {
  const headers = { expect: "100-continue", "content-length": String(MIB) };
  const { status, text, sent } = await upload("/echo", headers, chunksOf(1, MIB));
  const seen = JSON.parse(text);
  expect([status, seen.sha256, seen.headers.expect]).toEqual([200, sent, undefined]);
});

test("an empty body is an empty body", async () => {
  const { status, text } = await upload("/echo", { "content-length": "0" }, []);
  expect([status, JSON.parse(text).bytes]).toEqual([200, 0]);
});

test("100 MB stream there and back at once, and are never held in memory", async () => {
  await upload("/mirror", {}, chunksOf(10, MIB));
  const measurable = existsSync(`/proc/${workerd.pid}/status`);
  const before = measurable ? peakMib() : 0;
  const { status, sent, received } = await upload("/mirror", {}, chunksOf(100, MIB));
  expect([status, received]).toEqual([200, sent]);
  // A quarter of the body: what the sockets and the heap may take, and far from all of it.
  if (measurable) expect(peakMib() - before).toBeLessThan(25);
});
