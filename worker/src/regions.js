/** The table of regions: what the edge stack computes from the specs, checked once an isolate. */

import { EdgeError } from "./errors.js";

/** @typedef {"active" | "draining"} Lifecycle closed and planned regions are not in the table */

/**
 * @typedef {object} Region
 * @property {string} name
 * @property {string} origin scheme and host, no trailing slash
 * @property {Lifecycle} lifecycle
 */

/**
 * @typedef {object} Table
 * @property {number} version
 * @property {ReadonlyMap<string, Region>} regions
 * @property {string} defaultRegion
 * @property {ReadonlyMap<string, string>} countries ISO 3166 code -> region
 * @property {ReadonlyMap<string, string>} timeZones IANA name, or a prefix that ends in a slash -> region
 */

/**
 * @param {unknown} binding REGIONS: an object, or its JSON text
 * @returns {Table}
 * @throws {EdgeError} misconfigured
 */
export function parseTable(binding) {
  const raw = object(typeof binding === "string" ? JSON.parse(binding) : binding, "REGIONS");
  if (!Number.isSafeInteger(raw.version)) throw wrong("REGIONS.version is not an integer");
  const regions = new Map();
  const countries = new Map();
  const timeZones = new Map();
  for (const [name, value] of Object.entries(object(raw.regions, "REGIONS.regions"))) {
    const entry = object(value, name);
    regions.set(name, { name, origin: origin(entry.origin, name), lifecycle: lifecycle(entry.lifecycle, name) });
    claim(countries, entry.countries, name);
    claim(timeZones, entry.time_zones, name);
  }
  const defaultRegion = String(raw.default_region);
  if (!regions.has(defaultRegion)) throw wrong("REGIONS.default_region is not in the table");
  return { version: Number(raw.version), regions, defaultRegion, countries, timeZones };
}

/**
 * @param {Table} table
 * @param {string} name
 * @returns {Region}
 * @throws {EdgeError} region_closed where the table does not have it (any more, or yet)
 */
export function regionOf(table, name) {
  const region = table.regions.get(name);
  if (region === undefined) throw new EdgeError("region_closed", { detail: name });
  return region;
}

/**
 * @param {Map<string, string>} map
 * @param {unknown} keys
 * @param {string} region
 */
function claim(map, keys, region) {
  for (const key of Array.isArray(keys) ? keys : []) {
    const other = map.get(key);
    if (other !== undefined) throw wrong(`${key} belongs to ${other} and to ${region}`);
    map.set(key, region);
  }
}

/**
 * @param {unknown} value
 * @param {string} where
 * @returns {string}
 */
function origin(value, where) {
  const url = URL.parse(String(value));
  if (url === null || url.origin !== value) throw wrong(`${where}: origin is not scheme and host alone`);
  // Without TLS only on this machine: that is where the tests' regions are.
  if (url.protocol !== "https:" && url.hostname !== "127.0.0.1") throw wrong(`${where}: origin is not https`);
  return url.origin;
}

/**
 * @param {unknown} value
 * @param {string} where
 * @returns {Lifecycle}
 */
function lifecycle(value, where) {
  if (value === "active" || value === "draining") return value;
  throw wrong(`${where}: lifecycle is neither active nor draining`);
}

/**
 * @param {unknown} value
 * @param {string} where
 * @returns {Record<string, unknown>}
 */
function object(value, where) {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return /** @type {Record<string, unknown>} */ (value);
  throw wrong(`${where} is not an object`);
}

/** @param {string} detail */
function wrong(detail) {
  return new EdgeError("misconfigured", { detail });
}
