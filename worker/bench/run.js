/**
 * What the Worker costs: a bare upstream, the same behind a Worker that only passes through, and behind ours, warm.
 *
 * Everything is raw workerd on loopback. The three are asked in turn, request by request, so that whatever else the
 * machine does falls on all of them alike. Figures compare within one run only.
 */

import { AuthDouble } from "../test/doubles/auth.js";
import { startWorkerd } from "../dev/workerd.js";
import { Connection } from "./client.js";

const LATENCY_REQUESTS = 4_000;
const WARM_UP_REQUESTS = 1_000;
const CONNECTIONS = 16;
// Short rounds in turn: workerd drops a connection that idles for five seconds, and one may be asked just then.
const LOAD_REQUESTS = 1_600;
const LOAD_ROUNDS = 9;

const UPSTREAM = `export default { fetch: () => new Response("answered by the upstream") };`;
const PASS_THROUGH = `export default { fetch: (request, env) => fetch(env.UPSTREAM + "/bench", request) };`;

/** @typedef {{name: string, failures: number, connect: () => Promise<Connection>}} Subject */

/** @param {string} contents */
const script = (contents) => [{ name: "index.js", contents }];

async function main() {
  const auth = new AuthDouble({ token: "bench" });
  await auth.http.up();
  auth.places.set("acme", { region: "eu-west", version: 1 });
  auth.enrol("cookie", "bench", { user: "anna", workspaces: {}, home: "acme" });
  const upstream = await startWorkerd({ script: script(UPSTREAM), bindings: {} });
  const passThrough = await startWorkerd({ script: script(PASS_THROUGH), bindings: { UPSTREAM: upstream.origin } });
  const region = { origin: upstream.origin, lifecycle: "active", locality: "eu", weight: 100 };
  const table = { version: 1, default_locality: "eu", localities: { eu: {} }, regions: { "eu-north": region, "eu-west": region } };
  const worker = await startWorkerd({ bindings: { REGIONS: table, AUTH: auth.origin, AUTH_TOKEN: "bench", AUTH_TIMEOUT_MS: "2000" } });
  try {
    const headers = { cookie: "theme=dark; __Host-session=bench", "user-agent": "bench", accept: "*/*" };
    const subjects = [
      { name: "bare upstream", failures: 0, connect: () => Connection.open(upstream.origin, headers) },
      { name: "pass-through", failures: 0, connect: () => Connection.open(passThrough.origin, headers) },
      { name: "the Worker, warm", failures: 0, connect: () => Connection.open(worker.origin, headers) },
    ];
    report(subjects, await latencies(subjects), await rates(subjects));
    console.log(`\nauth service asked ${auth.questions.length} times`);
  } finally {
    await Promise.all([worker, passThrough, upstream].map((process) => process.stop()));
    await auth.http.down();
  }
}

/**
 * @param {Subject[]} subjects
 * @returns {Promise<number[][]>} sorted, in milliseconds
 */
async function latencies(subjects) {
  const connections = await Promise.all(subjects.map(({ connect }) => connect()));
  /** @type {number[][]} */
  const samples = subjects.map(() => []);
  for (let n = -WARM_UP_REQUESTS; n < LATENCY_REQUESTS; n += 1) {
    for (const [index, connection] of connections.entries()) {
      const startedMs = performance.now();
      const ok = await connection.ask();
      if (n >= 0) samples[index]?.push(performance.now() - startedMs);
      if (!ok) count(subjects[index]);
    }
  }
  for (const connection of connections) connection.close();
  return samples.map((sample) => sample.sort((a, b) => a - b));
}

/**
 * @param {Subject[]} subjects
 * @returns {Promise<number[]>} requests a second, the median of the rounds
 */
async function rates(subjects) {
  /** @type {number[][]} */
  const rounds = subjects.map(() => []);
  for (let round = 0; round < LOAD_ROUNDS; round += 1) {
    for (const [index, subject] of subjects.entries()) rounds[index]?.push(await rate(subject));
  }
  return rounds.map((round) => quantile(round.sort((a, b) => a - b), 0.5));
}

/** @param {Subject | undefined} subject */
function count(subject) {
  if (subject) subject.failures += 1;
}

/** @param {Subject} subject */
async function rate(subject) {
  const connections = await Promise.all(Array.from({ length: CONNECTIONS }, subject.connect));
  const startedMs = performance.now();
  await Promise.all(
    connections.map(async (connection) => {
      for (let n = 0; n < LOAD_REQUESTS / CONNECTIONS; n += 1) if (!(await connection.ask())) count(subject);
    }),
  );
  const seconds = (performance.now() - startedMs) / 1000;
  for (const connection of connections) connection.close();
  return LOAD_REQUESTS / seconds;
}

/**
 * @param {number[]} sorted
 * @param {number} q
 */
function quantile(sorted, q) {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? NaN;
}

/**
 * @param {Subject[]} subjects
 * @param {number[][]} samples
 * @param {number[]} perSecond
 */
function report(subjects, samples, perSecond) {
  const at = (/** @type {number} */ index, /** @type {number} */ q) => quantile(samples[index] ?? [], q);
  console.table(
    subjects.map(({ name, failures }, index) => ({
      subject: name,
      "p50 ms": at(index, 0.5).toFixed(3),
      "p99 ms": at(index, 0.99).toFixed(3),
      "added p50 ms": (at(index, 0.5) - at(0, 0.5)).toFixed(3),
      "added p99 ms": (at(index, 0.99) - at(0, 0.99)).toFixed(3),
      "p50 x bare": (at(index, 0.5) / at(0, 0.5)).toFixed(2),
      "requests/s": Math.round(perSecond[index] ?? NaN),
      "rate x bare": ((perSecond[index] ?? NaN) / (perSecond[0] ?? NaN)).toFixed(2),
      failures,
    })),
  );
}

await main();
