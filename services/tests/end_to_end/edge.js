/**
 * The edge of an end-to-end test: the Worker on workerd, and before each region a load balancer, which is one as well.
 *
 * Reads its configuration as a line of JSON from stdin, says where the Worker listens, and ends with its stdin.
 */

import { once } from "node:events";
import { createInterface } from "node:readline";

import { Designator, external, startWorkerd } from "../../../worker/dev/workerd.js";

/** By path, as stacks/origin.py has it: what is not sync's is the API's. */
const LOAD_BALANCER = `export default { fetch(request, env) {
  const { pathname } = new URL(request.url);
  const isSync = pathname === "/sync" || pathname.startsWith("/sync/");
  return (isSync ? env.SYNC : env.API).fetch(request).catch((error) => new Response(String(error), { status: 502 }));
} };`;

const [line] = await once(createInterface({ input: process.stdin }), "line");
const { bindings, table, regions } = JSON.parse(line);
const running = [];
for (const [name, { api, sync }] of Object.entries(regions)) {
  const balancer = await startWorkerd({
    script: [{ name: "index.js", contents: LOAD_BALANCER }],
    bindings: { API: new Designator("service", "api"), SYNC: new Designator("service", "sync") },
    services: [external("api", api), external("sync", sync)],
  });
  running.push(balancer);
  table.regions[name].origin = balancer.origin;
}
const onLog = (/** @type {string} */ text) => process.stderr.write(`${text}\n`);
const worker = await startWorkerd({ bindings: { REGIONS: table, ...bindings }, onLog });
running.push(worker);
process.stdout.write(`${worker.origin}\n`);
await once(process.stdin.resume(), "end");
await Promise.all(running.map((one) => one.stop()));
process.exit(0);
