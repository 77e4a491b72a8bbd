/**
 * Asks a Worker, as it was deployed, where it sends requests, and what it does with forged contexts.
 *
 * From standard input, since secrets are in it: {"deployed": Deployed, "sites": {region: Site}, "requests": [Request]}.
 * To standard output: {"requests": {name: Answer}, "forged": {region: Forged}}.
 */

import { newSigningKey, signJwt } from "../test/doubles/jwt.js";
import { Testbed } from "./testbed.js";

/** @typedef {import("./testbed.js").Answer} Answer */

/**
 * `home` is the region of the client's workspace; without one the other signs count.
 *
 * @typedef {object} Request
 * @property {string} name
 * @property {string | null} home
 * @property {string | null} choice
 * @property {string | null} time_zone
 * @property {string | null} country
 * @property {string} path
 * @property {string} method
 * @property {Record<string, string>} headers
 * @property {string | null} kind of the key
 * @property {string | null} key of a public request, which leads to a workspace in `home`
 * @property {string | null} flow
 */

/**
 * What became of a context that no auth service signed: beside a credential that is known, beside one that nobody
 * issued, and straight at the region, with the edge's certificate and without.
 *
 * @typedef {{known: Answer, unknown: Answer, straight: Answer, bare: Answer}} Forged
 */

const FORGER = "forger";

/**
 * @param {Testbed} testbed
 * @param {Request} request
 */
function ask(testbed, { name, home, choice, time_zone: timeZone, country, flow, path, method, headers, kind, key }) {
  if (home !== null && key !== null) testbed.lead(String(kind), key, home);
  const credential = home === null || key !== null ? {} : testbed.enrol(`user-of-${name}`, home);
  const signs = { ...(choice && { "x-region-choice": choice }), ...(timeZone && { "x-time-zone": timeZone }) };
  const cookie = [credential.cookie, flow && `__Host-flow=${flow}`].filter(Boolean).join("; ");
  return testbed.ask({ ...signs, ...(cookie && { cookie }), ...headers }, country, { path, method });
}

/**
 * @param {Testbed} testbed
 * @param {string} region
 * @returns {Promise<Forged>}
 */
async function forge(testbed, region) {
  const iat = Math.floor(Date.now() / 1000);
  const claims = { iss: "auth", aud: region, sub: FORGER, workspace: null, version: 1, kind: "cookie", iat, nbf: iat, exp: iat + 90 };
  // The key's id is the real one's, so that only the signature tells.
  const forged = { "x-edge-context": signJwt(newSigningKey(String(testbed.auth.keys[0]?.kid)), "context+jwt", claims) };
  const [shown] = Object.values(testbed.deployed.certificates);
  const [known, unknown, straight, bare] = await Promise.all([
    testbed.ask({ ...testbed.enrol(`member-of-${region}`, region), ...forged }),
    testbed.ask({ cookie: `__Host-session=${FORGER}`, ...forged }),
    testbed.straight(region, forged, shown),
    testbed.straight(region, forged),
  ]);
  return { known, unknown, straight, bare };
}

async function main() {
  let text = "";
  for await (const chunk of process.stdin.setEncoding("utf8")) text += chunk;
  const { deployed, sites, requests } = JSON.parse(text);
  const testbed = new Testbed(deployed, sites);
  try {
    await testbed.up();
    const asked = await Promise.all(requests.map(async (/** @type {Request} */ request) => [request.name, await ask(testbed, request)]));
    const forged = await Promise.all(Object.keys(sites).map(async (region) => [region, await forge(testbed, region)]));
    process.stdout.write(JSON.stringify({ requests: Object.fromEntries(asked), forged: Object.fromEntries(forged) }));
  } finally {
    await testbed.down();
  }
}

await main();
