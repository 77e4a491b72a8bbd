/** The table of regions: computed by the edge stack from the specs, checked once an isolate. */
import { EdgeError } from "./errors.js";
/** @import { Region, Table } from "./types.js" */

/** @param {unknown} binding REGIONS @returns {Table} @throws {EdgeError} misconfigured */
export function parseTable(binding) {
  const { version, regions: entries, default_region } = object(binding);
  const [regions, countries, timeZones] = [new Map(), new Map(), new Map()];
  for (const [name, value] of Object.entries(object(entries))) {
    const entry = object(value);
    regions.set(name, region(name, entry));
    claim(countries, entry.countries, name);
    claim(timeZones, entry.time_zones, name);
  }
  if (!Number.isSafeInteger(version)) throw wrong("REGIONS: version is not an integer");
  if (!regions.has(default_region)) throw wrong("REGIONS: default_region is not in the table");
  return { version: Number(version), regions, defaultRegion: String(default_region), countries, timeZones };
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

/** @param {string} name @param {Record<string, unknown>} entry @returns {Region} */
function region(name, { origin, lifecycle }) {
  const url = URL.parse(String(origin));
  if (url === null || url.origin !== origin) throw wrong(`${name}: origin is not scheme and host alone`);
  // Without TLS only on this machine, where a test's regions are.
  if (url.protocol !== "https:" && url.hostname !== "127.0.0.1") throw wrong(`${name}: origin is not https`);
  if (lifecycle !== "active" && lifecycle !== "draining") throw wrong(`${name}: lifecycle is not active or draining`);
  return { name, origin: url.origin, lifecycle };
}

/** @param {unknown} value @returns {Record<string, unknown>} */
export function object(value) {
  if (typeof value !== "object" || value === null) throw wrong("not an object where one belongs");
  return /** @type {Record<string, unknown>} */ (value);
}

/** @param {string} detail */
export function wrong(detail) {
  return new EdgeError("misconfigured", { detail });
}
