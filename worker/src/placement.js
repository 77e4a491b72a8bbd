/** The region of somebody who has no workspace yet: a default that they can overrule. Only active regions take part. */
import { readHintCookie, readParameter } from "./credentials.js";
import { EdgeError } from "./errors.js";
import { REGION_CHOICE, TIME_ZONE, TIME_ZONE_COOKIE } from "./names.js";
/** @import { Placement, PlacementSigns, Table } from "./types.js" */

/** @param {Request} request @param {URL} url @returns {PlacementSigns} @throws {EdgeError} duplicate_header */
export function readPlacementSigns({ headers, cf }, url) {
  const [choice, timeZone] = [readParameter(url, "region_choice"), readParameter(url, "time_zone")];
  return {
    choice: headers.get(REGION_CHOICE) ?? choice,
    timeZone: headers.get(TIME_ZONE) ?? timeZone ?? readHintCookie(headers, TIME_ZONE_COOKIE),
    country: typeof cf?.country === "string" ? cf.country : null,
  };
}

/**
 * @param {Table} table @param {PlacementSigns} signs @returns {Placement} `none` where no region is active: the default one
 *   serves its own users and signs in the others, and takes nobody new
 * @throws {EdgeError} region_not_open where the choice is no active region
 */
export function placementOf(table, { choice, timeZone, country }) {
  if (choice !== null) {
    if (isOpen(table, choice)) return { region: choice, reason: "choice" };
    throw new EdgeError("region_not_open");
  }
  const byZone = timeZone === null ? undefined : regionOfZone(table, timeZone);
  if (isOpen(table, byZone)) return { region: byZone, reason: "time-zone" };
  const byCountry = country === null ? undefined : table.countries.get(country);
  if (isOpen(table, byCountry)) return { region: byCountry, reason: "country" };
  const byDefault = [table.defaultRegion, ...[...table.regions.keys()].sort()].find((name) => isOpen(table, name));
  return byDefault === undefined ? { region: table.defaultRegion, reason: "none" } : { region: byDefault, reason: "default" };
}

/** By the whole name, else by the longest prefix. @param {Table} table @param {string} zone */
function regionOfZone({ timeZones }, zone) {
  let region = timeZones.get(zone);
  for (let at = zone.lastIndexOf("/"); region === undefined && at > 0; at = zone.lastIndexOf("/", at - 1)) {
    region = timeZones.get(zone.slice(0, at + 1));
  }
  return region;
}

/** @param {Table} table @param {string | undefined} name @returns {name is string} */
function isOpen({ regions }, name) {
  return name !== undefined && regions.get(name)?.lifecycle === "active";
}
