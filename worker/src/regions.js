/** The table of regions: computed by the edge stack from the specs, checked once an isolate. */

import { EdgeError } from "./errors.js";

/** @import { Region, Table } from "./types.js" */

/** @param {unknown} binding REGIONS, an object or its JSON text @returns {Table} @throws {EdgeError} misconfigured */
export function parseTable(binding) {
  const raw = object(typeof binding === "string" ? parsed(binding) : binding, "REGIONS");
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

/** @param {Table} table @param {string} name @throws {EdgeError} region_closed where it is not there (yet, or any more) */
export function regionOf({ regions }, name) {
  const region = regions.get(name);
  if (region === undefined) throw new EdgeError("region_closed", { detail: "not in the table" });
  return region;
}

/** @param {Map<string, string>} map @param {unknown} keys @param {string} region */
function claim(map, keys, region) {
  for (const key of Array.isArray(keys) ? keys : []) {
    if (map.has(key)) throw wrong(`${key} belongs to ${map.get(key)} and to ${region}`);
    map.set(key, region);
  }
}

/** @param {unknown} value @param {string} where */
function origin(value, where) {
  const url = URL.parse(String(value));
  if (url === null || url.origin !== value) throw wrong(`${where}: origin is not scheme and host alone`);
  // Without TLS only on this machine, where a test's regions are.
  if (url.protocol !== "https:" && url.hostname !== "127.0.0.1") throw wrong(`${where}: origin is not https`);
  return url.origin;
}

/** @param {unknown} value @param {string} where @returns {Region["lifecycle"]} */
function lifecycle(value, where) {
  if (value === "active" || value === "draining") return value;
  throw wrong(`${where}: lifecycle is neither active nor draining`);
}

/** @param {unknown} value @param {string} where @returns {Record<string, unknown>} */
function object(value, where) {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw wrong(`${where} is not an object`);
  return /** @type {Record<string, unknown>} */ (value);
}

/** @param {string} text */
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    throw wrong("REGIONS is not JSON");
  }
}

/** @param {string} detail */
function wrong(detail) {
  return new EdgeError("misconfigured", { detail });
}
