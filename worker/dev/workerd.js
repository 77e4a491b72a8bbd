/** Raw `workerd serve`: the Worker with nothing of a development server around it. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";


import { MANIFEST, modules } from "./manifest.js";

/** The path of the binary. By require: bundlers and Node disagree on the default of a CommonJS module. */
const BINARY = createRequire(import.meta.url)("workerd").default;

/** @typedef {import("node:stream").Readable} Readable */
/** @typedef {{name: string, contents: string}} Module */

/**
 * @typedef {object} Workerd
 * @property {string} origin
 * @property {number} pid
 * @property {() => Promise<void>} stop
 */

/**
 * Cap'n Proto's text literals are C's, and JSON's are among those, but for escapes beyond ASCII.
 *
 * @param {string} text
 */
function literal(text) {
  return JSON.stringify(text).replaceAll(/\\u00([0-9a-f]{2})/g, "\\x$1");
}

/**
 * @param {string} name
 * @param {unknown} value
 */
function binding(name, value) {
  return typeof value === "string" ? `(name = ${literal(name)}, text = ${literal(value)})` : `(name = ${literal(name)}, json = ${literal(JSON.stringify(value))})`;
}

/**
 * The configuration's schema is workerd.capnp, which ships with workerd.
 *
 * @param {object} options
 * @param {Module[]} options.script the main module first
 * @param {Record<string, unknown>} options.bindings text, or anything else as JSON
 * @param {number} options.port
 */
function configuration({ script, bindings, port }) {
  const esModules = script.map(({ name, contents }) => `(name = ${literal(name)}, esModule = ${literal(contents)})`);
  const values = Object.entries(bindings).map(([name, value]) => binding(name, value));
  const flags = MANIFEST.compatibility_flags.map(literal);
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = (
      modules = [${esModules.join(", ")}],
      bindings = [${values.join(", ")}],
      compatibilityDate = ${literal(MANIFEST.compatibility_date)},
      compatibilityFlags = [${flags.join(", ")}]
    )),
    (name = "internet", network = (allow = ["public", "private", "local"], tlsOptions = (trustBrowserCas = true)))
  ],
  sockets = [(name = "http", address = "127.0.0.1:${port}", service = "main", http = (cfBlobHeader = "x-cf-blob"))]
);`;
}

/**
 * @param {object} options
 * @param {Module[]} [options.script] the Worker's own modules, unless given
 * @param {Record<string, unknown>} options.bindings
 * @param {number} [options.port] 0: any that is free
 * @param {(line: string) => void} [options.onLog] gets what the Worker logs below errors, which go to stderr
 * @returns {Promise<Workerd>} once it listens
 */
export async function startWorkerd({ script = modules(), bindings, port = 0, onLog }) {
  // A file, since workerd reads text from no pipe; in a folder of our own (0700), since the bindings hold secrets.
  const folder = mkdtempSync(join(tmpdir(), "worker-"));
  const file = join(folder, "config.capnp");
  writeFileSync(file, configuration({ script, bindings, port }));
  const child = spawn(BINARY, ["serve", "--control-fd=3", file], { stdio: ["ignore", onLog ? "pipe" : "ignore", "inherit", "pipe"] });
  const [, stdout, , control] = child.stdio;
  if (onLog && stdout) createInterface({ input: /** @type {Readable} */ (stdout) }).on("line", onLog);
  const listening = listenEvent(/** @type {Readable} */ (control));
  const failed = once(child, "exit").then(() => Promise.reject(new Error("workerd ended before it listened")));
  const bound = await Promise.race([listening, failed]).finally(() => rmSync(folder, { recursive: true }));
  failed.catch(() => {});
  const stop = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill("SIGKILL");
    await once(child, "exit");
  };
  return { origin: `http://127.0.0.1:${bound}`, pid: Number(child.pid), stop };
}

/**
 * @param {Readable} control
 * @returns {Promise<number>} the port
 */
async function listenEvent(control) {
  for await (const line of createInterface({ input: control })) {
    const event = JSON.parse(line);
    if (event.event === "listen") return event.port;
  }
  throw new Error("workerd closed its control channel");
}
