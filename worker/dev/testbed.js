/**
 * A Worker as it was deployed, on a testbed: its own modules and bindings in workerd, and test doubles for what it talks to.
 *
 *     client -> the Worker --fetch-------------> an outlet          -> the auth double, by its host
 *                          --CLIENT_CERT.fetch-> an outlet of its own, which shows the certificate
 *                                                                   -> the regions' doubles, by their hosts, over TLS
 *
 * Hosts in the bindings stay as they are: the outlets lead them to loopback. A region's double takes clients with a
 * certificate of its authority alone, as its load balancer does.
 */

import { request as httpsRequest } from "node:https";

import { AuthDouble } from "../test/doubles/auth.js";
import { readBody } from "../test/doubles/http.js";
import { RegionDouble } from "../test/doubles/region.js";
import { CF_HEADER, Designator, external, startWorkerd, worker } from "./workerd.js";

/** @typedef {import("./workerd.js").KeyPair} KeyPair */

/**
 * @typedef {object} Deployed
 * @property {import("./workerd.js").Module[]} script the main module first
 * @property {{date: string, flags: string[]}} compatibility
 * @property {Record<string, string>} texts bindings of plain and secret text
 * @property {Record<string, unknown>} json
 * @property {Record<string, KeyPair>} certificates
 * @property {string[]} stores
 */

/**
 * @typedef {object} Site
 * @property {string} host
 * @property {KeyPair} server its certificate, which is its own authority
 * @property {string} clients the authority of those whom it lets in, in PEM
 */

/**
 * What came back. Where a region answered: its name, and whom it took the client for.
 *
 * @typedef {object} Answer
 * @property {number} status 0 where the connection failed
 * @property {string | null} code of the Worker's own answer, of a region's refusal, or of the failure
 * @property {string | null} region
 * @property {string | null} user
 * @property {string | null} placement why it was sent there
 */

/** To each host its own service; others are out of reach. */
const OUTLET = `export default { fetch(request, env) {
  const site = env[new URL(request.url).hostname];
  return site ? site.fetch(request) : Promise.reject(new Error("connection refused: nothing stands at this host"));
} };`;

/** Workers KV as workerd asks for it: a value under a path. */
const STORE = `const kept = new Map();
export default { async fetch(request) {
  const key = new URL(request.url).pathname;
  if (request.method === "PUT") kept.set(key, await request.text());
  if (request.method === "DELETE") kept.delete(key);
  return kept.has(key) || request.method !== "GET" ? new Response(kept.get(key)) : new Response(null, { status: 404 });
} };`;

/** The doubles share one machine with everything else: the deployed limit would be hit by chance. */
const AUTH_TIMEOUT_MS = "10000";

export class Testbed {
  /**
   * @param {Deployed} deployed
   * @param {Record<string, Site>} sites by region
   */
  constructor(deployed, sites) {
    this.deployed = deployed;
    this.sites = sites;
    this.auth = new AuthDouble({ token: String(deployed.texts.AUTH_TOKEN) });
    /** @type {Map<string, RegionDouble>} */
    this.regions = new Map(Object.entries(sites).map(([name, { server, clients }]) => {
      const tls = { key: server.privateKey, cert: server.certificate, ca: clients, requestCert: true, rejectUnauthorized: true };
      return [name, new RegionDouble({ name, auth: this.auth, tls })];
    }));
    /** @type {import("./workerd.js").Workerd | undefined} */
    this.workerd = undefined;
  }

  async up() {
    await Promise.all([this.auth, ...this.regions.values()].map(({ http }) => http.up()));
    this.workerd = await startWorkerd(this.#configuration());
  }

  async down() {
    await this.workerd?.stop();
    await Promise.all([this.auth, ...this.regions.values()].map(({ http }) => http.down()));
  }

  /**
   * Somebody with a workspace in the region.
   *
   * @param {string} name
   * @param {string} region
   * @returns {Record<string, string>} the headers of the credential
   */
  enrol(name, region) {
    this.auth.places.set(name, { region, version: 1 });
    this.auth.enrol("cookie", name, { user: name, workspaces: {}, home: name });
    return { cookie: `__Host-session=${name}` };
  }

  /**
   * A key of public requests, minted or claimed, that leads to a workspace in the region.
   *
   * @param {string} kind
   * @param {string} key
   * @param {string} region
   */
  lead(kind, key, region) {
    const [workspace = ""] = key.split(".");
    this.auth.places.set(workspace, { region, version: 1 });
    this.auth.claims.set(`key:${kind} ${key}`, workspace);
  }

  /**
   * A request of a client.
   *
   * @param {Record<string, string>} headers
   * @param {string | null} [country] of the client's address
   * @param {{path?: string, method?: string}} [line]
   * @returns {Promise<Answer>}
   */
  async ask(headers, country = null, { path = "/", method = "GET" } = {}) {
    const cf = JSON.stringify(country === null ? {} : { country });
    const response = await fetch(`${this.workerd?.origin}${path}`, { method, headers: { ...headers, [CF_HEADER]: cf }, redirect: "manual" });
    return answer(response.status, await response.text());
  }

  /**
   * A request past the Worker, straight to a region.
   *
   * @param {string} region
   * @param {Record<string, string>} headers
   * @param {KeyPair} [shown] the client's certificate
   * @returns {Promise<Answer>}
   */
  straight(region, headers, shown) {
    const site = this.sites[region];
    const { port } = new URL(String(this.regions.get(region)?.origin));
    const tls = { ca: site?.server.certificate, servername: String(site?.host), key: shown?.privateKey, cert: shown?.certificate };
    return new Promise((resolve) => {
      const request = httpsRequest({ host: "127.0.0.1", port, headers, agent: false, ...tls }, async (response) => {
        resolve(answer(Number(response.statusCode), (await readBody(response)).toString()));
      });
      request.on("error", (/** @type {NodeJS.ErrnoException} */ error) => resolve(answer(0, JSON.stringify({ error: error.code }))));
      request.end();
    });
  }

  #configuration() {
    const { script, compatibility, texts, json, certificates, stores } = this.deployed;
    const kept = stores.map((name) => [name, new Designator("kvNamespace", "store")]);
    const shown = Object.keys(certificates).map((name) => [name, new Designator("service", `outlet-${name}`)]);
    return {
      script,
      compatibility,
      bindings: { ...json, ...texts, AUTH_TIMEOUT_MS, ...Object.fromEntries([...kept, ...shown]) },
      outbound: "outlet",
      services: [
        worker("store", { script: [{ name: "store.js", contents: STORE }], bindings: {} }),
        ...this.#outlet("outlet"),
        ...Object.entries(certificates).flatMap(([name, pair]) => this.#outlet(`outlet-${name}`, pair)),
      ],
    };
  }

  /**
   * @param {string} name
   * @param {KeyPair} [shown]
   * @returns {string[]} the outlet's service and those that it leads to
   */
  #outlet(name, shown) {
    const authHost = new URL(String(this.deployed.texts.AUTH)).hostname;
    const services = [external(`${name}-auth`, new URL(this.auth.origin).host)];
    const hosts = { [authHost]: new Designator("service", `${name}-auth`) };
    for (const [region, { host, server }] of Object.entries(this.sites)) {
      const { host: address } = new URL(String(this.regions.get(region)?.origin));
      services.push(external(`${name}-to-${region}`, address, { host, authority: server.certificate, shown }));
      hosts[host] = new Designator("service", `${name}-to-${region}`);
    }
    return [worker(name, { script: [{ name: "outlet.js", contents: OUTLET }], bindings: hosts }), ...services];
  }
}

/**
 * @param {number} status
 * @param {string} body
 * @returns {Answer}
 */
function answer(status, body) {
  /** @type {any} */
  let said = {};
  try {
    said = JSON.parse(body);
  } catch {
    // not one of a double's or the Worker's
  }
  return {
    status,
    code: said.error?.code ?? said.error ?? null,
    region: said.region ?? null,
    user: said.identity?.user ?? null,
    placement: said.headers?.["x-edge-placement"] ?? null,
  };
}
