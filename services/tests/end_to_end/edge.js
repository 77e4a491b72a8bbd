/**
 * The edge of an end-to-end test: the Worker on workerd, a KV store, and before each region a load balancer.
 *
 * Reads its configuration as a line of JSON from stdin, and says where the Worker listens. A further line, `restart`,
 * has it run anew at the same address, with cold memory and the same KV; the regions that it names after that drain. It
 * ends with its stdin.
 */

import { once } from "node:events";
import { createServer } from "node:http";
import { createInterface } from "node:readline";

import { Designator, external, startWorkerd } from "../../../worker/dev/workerd.js";

/** By path, as stacks/origin.py has it: what is not sync's is the API's. */
const LOAD_BALANCER = `export default { fetch(request, env) {
  const { pathname } = new URL(request.url);
  const isSync = pathname === "/sync" || pathname.startsWith("/sync/");
  return (isSync ? env.SYNC : env.API).fetch(request).catch((error) => new Response(String(error), { status: 502 }));
} };`;

/** Workers KV as workerd asks for it: a value under a path. @returns {Promise<string>} its address */
async function startStore() {
  const kept = new Map();
  const server = createServer(async (request, response) => {
    const key = request.url?.split("?")[0];
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    if (request.method === "PUT") kept.set(key, Buffer.concat(chunks));
    if (request.method === "DELETE") kept.delete(key);
    response.writeHead(kept.has(key) || request.method !== "GET" ? 200 : 404).end(kept.get(key));
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  server.unref();
  return `127.0.0.1:${server.address().port}`;
}

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const { bindings, table, regions } = JSON.parse((await lines.next()).value);
const balancers = [];
for (const [name, { api, sync }] of Object.entries(regions)) {
  const balancer = await startWorkerd({
    script: [{ name: "index.js", contents: LOAD_BALANCER }],
    bindings: { API: new Designator("service", "api"), SYNC: new Designator("service", "sync") },
    services: [external("api", api), external("sync", sync)],
  });
  balancers.push(balancer);
  table.regions[name].origin = balancer.origin;
}
const store = await startStore();
const start = (/** @type {number} */ port) =>
  startWorkerd({
    bindings: { REGIONS: table, ...bindings, LAST_KNOWN: new Designator("kvNamespace", "store") },
    services: [external("store", store)],
    port,
    onLog: (text) => process.stderr.write(`${text}\n`),
  });
let worker = await start(0);
process.stdout.write(`${worker.origin}\n`);
for await (const line of lines) {
  const [word, ...draining] = line.split(" ");
  if (word !== "restart") throw new Error(`not understood: ${line}`);
  for (const [name, entry] of Object.entries(table.regions)) entry.lifecycle = draining.includes(name) ? "draining" : "active";
  await worker.stop();
  worker = await start(Number(new URL(worker.origin).port));
  process.stdout.write(`${worker.origin}\n`);
}
await Promise.all([...balancers, worker].map((one) => one.stop()));
process.exit(0);
