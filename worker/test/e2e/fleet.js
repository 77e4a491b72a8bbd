/** A fleet on loopback: the auth double, three region doubles, and the Worker in miniflare before them. */

import { request as httpRequest } from "node:http";

import { Miniflare } from "miniflare";
import { vi } from "vitest";

import { MANIFEST, modules } from "../../dev/manifest.js";
import { AuthDouble } from "../doubles/auth.js";
import { readBody } from "../doubles/http.js";
import { RegionDouble } from "../doubles/region.js";

export const AUTH_TOKEN = "token-of-the-worker";

/** @typedef {{table?: any, bindings?: Record<string, unknown>, country?: string}} Deployment */

export class Fleet {
  auth = new AuthDouble({ token: AUTH_TOKEN });
  regions = {
    "us-east": new RegionDouble({ name: "us-east", auth: this.auth }),
    "eu-west": new RegionDouble({ name: "eu-west", auth: this.auth }),
    "eu-north": new RegionDouble({ name: "eu-north", auth: this.auth }),
  };
  /** @type {string[]} what the Worker logged */
  logs = [];
  /** @type {Map<string, Miniflare>} by origin */
  #workers = new Map();
  origin = "";

  static async start() {
    const fleet = new Fleet();
    await Promise.all([fleet.auth, ...Object.values(fleet.regions)].map(({ http }) => http.up()));
    fleet.origin = await fleet.deploy();
    return fleet;
  }

  /** @returns {any} the table of regions, as the edge stack computes it */
  table() {
    return {
      version: 1,
      default_locality: "us",
      localities: { us: { countries: ["US"], time_zones: ["America/"] }, eu: { countries: ["DE"], time_zones: ["Europe/"] } },
      regions: { "us-east": this.entry("us-east", "us", 100), "eu-west": this.entry("eu-west", "eu", 100) },
    };
  }

  /**
   * @param {"us-east" | "eu-west" | "eu-north"} name
   * @param {string} locality
   * @param {number} weight
   */
  entry(name, locality, weight) {
    return { origin: this.regions[name].origin, lifecycle: "active", locality, weight };
  }

  /**
   * A further Worker with cold memory, as a deployment is: the earlier ones go on until the fleet stops.
   *
   * @param {Deployment} [deployment]
   * @returns {Promise<string>} its origin
   */
  async deploy(deployment = {}) {
    const worker = new Miniflare(this.#options(deployment));
    const { origin } = await worker.ready;
    this.#workers.set(origin, worker);
    return origin;
  }

  /**
   * Cold memory, but the same KV.
   *
   * @param {string} origin
   * @param {Deployment} [deployment]
   * @returns {Promise<string>} where it is now
   */
  async restart(origin, deployment = {}) {
    const worker = this.#workers.get(origin);
    if (worker === undefined) throw new Error(`no worker at ${origin}`);
    await worker.setOptions(this.#options(deployment));
    return (await worker.ready).origin;
  }

  /**
   * Waits until the Worker has put into KV what it keeps there: it does so after it has answered.
   *
   * @param {string} origin
   */
  async remembered(origin) {
    const kv = await this.#workers.get(origin)?.getKVNamespace("LAST_KNOWN");
    await vi.waitUntil(async () => ((await kv?.list())?.keys.length ?? 0) >= 2);
  }

  /** @param {string} origin */
  async undeploy(origin) {
    await this.#workers.get(origin)?.dispose();
    this.#workers.delete(origin);
  }

  /**
   * @param {Deployment} deployment
   * @returns {import("miniflare").MiniflareOptions}
   */
  #options({ table = this.table(), bindings = {}, country = "US" }) {
    return {
      modules: modules().map(({ name, contents }) => ({ type: "ESModule", path: name, contents })),
      compatibilityDate: MANIFEST.compatibility_date,
      compatibilityFlags: MANIFEST.compatibility_flags,
      // The loopback servers share two cores with everything else: the real limit would be hit by chance.
      bindings: { REGIONS: table, AUTH: this.auth.origin, AUTH_TOKEN, AUTH_TIMEOUT_MS: "2000", ...bindings },
      kvNamespaces: ["LAST_KNOWN"],
      cf: { country },
      host: "127.0.0.1",
      port: 0,
      handleRuntimeStdio: (stdout, stderr) => {
        for (const stream of [stdout, stderr]) stream.on("data", (chunk) => this.logs.push(String(chunk)));
      },
    };
  }

  /**
   * A user with one workspace, known to the auth service and to the workspace's region.
   *
   * @param {{kind: string, credential: string, workspace: string, region: "us-east" | "eu-west"}} options
   */
  enrol({ kind, credential, workspace, region }) {
    const user = `user-of-${workspace}`;
    this.auth.places.set(workspace, { region, version: 1 });
    this.auth.enrol(kind, credential, { user, workspaces: { [workspace]: workspace }, home: workspace });
    this.regions[region].residents.set(`${kind} ${credential}`, { user, workspace });
  }

  /**
   * @param {string} requestId
   * @returns {Promise<any>} what the Worker logged about it, as soon as it has
   */
  async logged(requestId) {
    return vi.waitUntil(() => {
      const line = this.logs.join("").split("\n").find((text) => text.includes(requestId));
      return line === undefined ? undefined : JSON.parse(line.slice(line.indexOf("{")));
    });
  }

  async stop() {
    await Promise.all([...this.#workers.values()].map((worker) => worker.dispose()));
    await Promise.all([this.auth, ...Object.values(this.regions)].map(({ http }) => http.down()));
  }
}

/**
 * @typedef {object} Sent
 * @property {number} status
 * @property {import("node:http").IncomingHttpHeaders} headers
 * @property {Buffer} body
 * @property {any} json the body, where it is JSON
 */

/**
 * @param {string} origin
 * @param {string} path
 * @param {{method?: string, headers?: Record<string, string | string[]>, body?: string | Buffer}} [options]
 * @returns {Promise<Sent>}
 */
export function send(origin, path, { method = "GET", headers = {}, body } = {}) {
  const { hostname, port } = new URL(origin);
  return new Promise((resolve, reject) => {
    const request = httpRequest({ hostname, port, path, method, headers, agent: false }, async (response) => {
      const received = await readBody(response);
      const isJson = response.headers["content-type"] === "application/json" && received.length > 0;
      resolve({ status: response.statusCode ?? 0, headers: response.headers, body: received, json: isJson ? JSON.parse(received.toString()) : undefined });
    });
    request.on("error", reject);
    request.end(body);
  });
}

/** @param {string} value */
export const session = (value) => ({ cookie: `__Host-session=${value}` });
