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

const COMPATIBILITY = { date: MANIFEST.compatibility_date, flags: MANIFEST.compatibility_flags };
/** What it holds, as JSON, becomes `request.cf`. */
export const CF_HEADER = "x-cf-blob";

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

/** @param {readonly string[]} items */
const list = (items) => `[${items.join(", ")}]`;

/**
 * @param {string} name
 * @param {unknown} value
 */
function binding(name, value) {
  if (value instanceof Designator) return `(name = ${literal(name)}, ${value.kind} = ${literal(value.service)})`;
  return typeof value === "string" ? `(name = ${literal(name)}, text = ${literal(value)})` : `(name = ${literal(name)}, json = ${literal(JSON.stringify(value))})`;
}

/** A binding to another service of the same process. */
export class Designator {
  /**
   * @param {"service" | "kvNamespace"} kind
   * @param {string} service
   */
  constructor(kind, service) {
    this.kind = kind;
    this.service = service;
  }
}

/**
 * @typedef {object} Script
 * @property {Module[]} script the main module first
 * @property {Record<string, unknown>} bindings text, a Designator, or anything else as JSON
 * @property {{date: string, flags: string[]}} [compatibility] that of bindings.json, unless given
 * @property {string} [outbound] the service that a bare `fetch` goes to; the network, unless given
 */

/**
 * A service that runs a script. The configuration's schema is workerd.capnp, which ships with workerd.
 *
 * @param {string} name
 * @param {Script} script
 */
export function worker(name, { script, bindings, compatibility = COMPATIBILITY, outbound = "internet" }) {
  const esModules = script.map(({ name, contents }) => `(name = ${literal(name)}, esModule = ${literal(contents)})`);
  const values = Object.entries(bindings).map(([name, value]) => binding(name, value));
  return `(name = ${literal(name)}, worker = (
      modules = ${list(esModules)},
      bindings = ${list(values)},
      compatibilityDate = ${literal(compatibility.date)},
      compatibilityFlags = ${list(compatibility.flags.map(literal))},
      globalOutbound = ${literal(outbound)}
    ))`;
}

/** @typedef {{certificate: string, privateKey: string}} KeyPair in PEM, the chain behind the certificate */

/**
 * @typedef {object} Tls
 * @property {string} host that the server's certificate is for
 * @property {string} authority who signed it, in PEM
 * @property {KeyPair} [shown] to a server that asks for the client's certificate
 */

/**
 * A service that sends everything to one address, whatever the URL says.
 *
 * @param {string} name
 * @param {string} address
 * @param {Tls} [tls] plain HTTP without
 */
export function external(name, address, tls) {
  const how = tls === undefined ? "http = ()" : `https = (options = (), tlsOptions = ${tlsOptions(tls)}, certificateHost = ${literal(tls.host)})`;
  return `(name = ${literal(name)}, external = (address = ${literal(address)}, ${how}))`;
}

/** @param {Tls} tls */
function tlsOptions({ authority, shown }) {
  const trusted = `trustedCertificates = ${list([literal(authority)])}`;
  if (shown === undefined) return `(${trusted})`;
  return `(${trusted}, keypair = (privateKey = ${literal(shown.privateKey)}, certificateChain = ${literal(shown.certificate)}))`;
}

/**
 * @param {string[]} services `main` gets what arrives
 * @param {number} port
 */
function configuration(services, port) {
  const internet = `(name = "internet", network = (allow = ["public", "private", "local"], tlsOptions = (trustBrowserCas = true)))`;
  const socket = `(name = "http", address = "127.0.0.1:${port}", service = "main", http = (cfBlobHeader = "${CF_HEADER}"))`;
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (services = ${list([...services, internet])}, sockets = [${socket}]);`;
}

/**
 * @param {Partial<Script> & {bindings: Record<string, unknown>, services?: string[], port?: number, onLog?: (line: string) => void}} options
 *   `script` is the Worker's own modules, unless given; `services` are those that bindings name; `port` 0 is any that is
 *   free; `onLog` gets what the Worker logs below errors, which go to stderr
 * @returns {Promise<Workerd>} once it listens
 */
export async function startWorkerd({ script = modules(), services = [], port = 0, onLog, ...rest }) {
  // A file, since workerd reads text from no pipe; in a folder of our own (0700), since the bindings hold secrets.
  const folder = mkdtempSync(join(tmpdir(), "worker-"));
  const file = join(folder, "config.capnp");
  writeFileSync(file, configuration([worker("main", { script, ...rest }), ...services], port));
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
