/** The table of regions: computed by the edge stack from the specs, checked once an isolate. */
import { EdgeError } from "./errors.js";
/** @import { Region, Table } from "./types.js" */

/** @param {unknown} binding REGIONS @returns {Table} @throws {EdgeError} misconfigured */
export function parseTable(binding) {
  const { version, regions: entries, localities: places, default_locality: defaultLocality } = object(binding);
  const localities = object(places);
  const [regions, countries, timeZones] = [new Map(), new Map(), new Map()];
  for (const [name, value] of Object.entries(object(entries))) {
    if (Object.hasOwn(localities, name)) throw wrong(`${name} is a locality and a region`);
    regions.set(name, region(name, object(value), localities));
  }
  for (const [name, value] of Object.entries(localities)) {
    const signs = object(value);
    claim(countries, signs.countries, name);
    claim(timeZones, signs.time_zones, name);
  }
  const open = [...regions.values()].filter(({ weight }) => weight > 0);
  const fallback = [...regions.values()].find(({ locality }) => locality === defaultLocality)?.name;
  const [byDefault = open[0]] = open.filter(({ locality }) => locality === defaultLocality);
  if (!Number.isSafeInteger(version)) throw wrong("REGIONS: version is not an integer");
  if (fallback === undefined) throw wrong("REGIONS: default_locality has no region in the table");
  return { version: Number(version), regions, open, byDefault: byDefault?.locality ?? "", fallback, countries, timeZones };
}

/** @param {Table} table @param {string} name @throws {EdgeError} region_closed where it is not there (yet, or any more) */
export function regionOf({ regions }, name) {
  const region = regions.get(name);
  if (region === undefined) throw new EdgeError("region_closed", { detail: "not in the table" });
  return region;
}

/** @param {Map<string, string>} map @param {unknown} keys @param {string} locality */
function claim(map, keys, locality) {
  for (const key of Array.isArray(keys) ? keys : []) {
    if (map.has(key)) throw wrong(`${key} belongs to ${map.get(key)} and to ${locality}`);
    map.set(key, locality);
  }
}

/** @param {string} name @param {Record<string, unknown>} entry @param {object} localities @returns {Region} */
function region(name, { origin, lifecycle, locality, weight }, localities) {
  const url = URL.parse(String(origin));
  if (url === null || url.origin !== origin) throw wrong(`${name}: origin is not scheme and host alone`);
  // Without TLS only on this machine, where a test's regions are.
  if (url.protocol !== "https:" && url.hostname !== "127.0.0.1") throw wrong(`${name}: origin is not https`);
  if (lifecycle !== "active" && lifecycle !== "draining") throw wrong(`${name}: lifecycle is not active or draining`);
  if (typeof locality !== "string" || !Object.hasOwn(localities, locality)) throw wrong(`${name}: no such locality`);
  if (!Number.isSafeInteger(weight) || Number(weight) < 0) throw wrong(`${name}: weight is no number from 0`);
  return { name, origin: url.origin, locality, weight: lifecycle === "active" ? Number(weight) : 0 };
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
