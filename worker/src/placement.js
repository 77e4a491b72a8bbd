/** The region of someone who has no workspace yet: a default that the user can overrule. Only active regions take part. */

import { readCookie } from "./credentials.js";
import { EdgeError } from "./errors.js";
import { REGION_CHOICE, TIME_ZONE, TIME_ZONE_COOKIE } from "./names.js";

/** @typedef {import("./regions.js").Table} Table */
/** @typedef {{region: string, reason: "choice" | "time-zone" | "country" | "default"}} Placement */

/**
 * @typedef {object} PlacementSigns
 * @property {string | null} choice the region that the user picked
 * @property {string | null} timeZone IANA name, as the browser says
 * @property {string | null} country ISO 3166 code, as the network says
 */

/**
 * @param {Request} request
 * @param {URL} url
 * @returns {PlacementSigns}
 */
export function readPlacementSigns(request, url) {
  const query = url.search === "" ? null : url.searchParams;
  const { headers } = request;
  return {
    choice: headers.get(REGION_CHOICE) ?? query?.get("region_choice") ?? null,
    timeZone: headers.get(TIME_ZONE) ?? query?.get("time_zone") ?? readCookie(headers, TIME_ZONE_COOKIE),
    country: typeof request.cf?.country === "string" ? request.cf.country : null,
  };
}

/**
 * @param {Table} table
 * @param {PlacementSigns} signs
 * @returns {Placement}
 * @throws {EdgeError} region_not_open where the choice is no active region; region_closed where none is active
 */
export function placementOf(table, { choice, timeZone, country }) {
  if (choice !== null) {
    if (isOpen(table, choice)) return { region: choice, reason: "choice" };
    throw new EdgeError("region_not_open");
  }
  const byZone = timeZone === null ? undefined : regionOfZone(table, timeZone);
  if (byZone !== undefined && isOpen(table, byZone)) return { region: byZone, reason: "time-zone" };
  const byCountry = country === null ? undefined : table.countries.get(country);
  if (byCountry !== undefined && isOpen(table, byCountry)) return { region: byCountry, reason: "country" };
  return { region: fallback(table), reason: "default" };
}

/**
 * @param {Table} table
 * @param {string} zone
 * @returns {string | undefined} by the whole name, else by the longest prefix: `America/Argentina/` before `America/`
 */
function regionOfZone({ timeZones }, zone) {
  const whole = timeZones.get(zone);
  if (whole !== undefined) return whole;
  for (let at = zone.lastIndexOf("/"); at > 0; at = zone.lastIndexOf("/", at - 1)) {
    const region = timeZones.get(zone.slice(0, at + 1));
    if (region !== undefined) return region;
  }
  return undefined;
}

/** @param {Table} table */
function fallback(table) {
  if (isOpen(table, table.defaultRegion)) return table.defaultRegion;
  for (const name of [...table.regions.keys()].sort()) {
    if (isOpen(table, name)) return name;
  }
  throw new EdgeError("region_closed", { detail: "no region is active" });
}

/**
 * @param {Table} table
 * @param {string} name
 */
function isOpen(table, name) {
  return table.regions.get(name)?.lifecycle === "active";
}
