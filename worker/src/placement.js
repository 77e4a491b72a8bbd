/** Where somebody without a workspace goes: a locality by their choice, time zone or country, and in it a region by draw. */
import { readHintCookie, readParameter } from "./credentials.js";
import { EdgeError } from "./errors.js";
import { lengthPrefixed } from "./key.js";
import { COOKIE_ATTRIBUTES, FLOW_COOKIE, REGION_CHOICE, TIME_ZONE, TIME_ZONE_COOKIE } from "./names.js";
/** @import { Journey, Placement, PlacementSigns, Region, Table } from "./types.js" */

const FLOW = /^[0-9a-f]{32}$/;
const FLOW_LIFETIME_S = 24 * 3600; // a sign-up's: whoever has signed in is pinned by the auth service

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
 * Where a locality that matched takes nobody, no other one does in its place: it may lie under another law.
 * @param {Table} table @param {PlacementSigns} signs @param {string | null} hint @returns {Placement}
 * @throws {EdgeError} region_not_open where what is chosen takes nobody, unless the hint names this region: whose home it is signs in
 */
export function placementOf(table, { choice, timeZone, country }, hint) {
  const [byZone, byCountry] = [localityOfZone(table, timeZone ?? ""), table.countries.get(country ?? "")];
  /** @type {[string | null | undefined, Placement["reason"]][]} */
  const signs = [[choice, "choice"], [byZone, "time-zone"], [byCountry, "country"]];
  const [place, why] = signs.find(([place]) => typeof place === "string") ?? [table.byDefault, "default"];
  const open = table.open.filter(({ name, locality }) => locality === place || name === place);
  if (open.length === 0 && why === "choice" && !(choice === hint && table.regions.has(hint ?? ""))) throw new EdgeError("region_not_open");
  return { wanted: String(place), open, reason: open.length > 0 ? why : "none" };
}

/** By the whole name, else by the longest prefix; none has more than 64 characters. @param {Table} table @param {string} zone */
function localityOfZone({ timeZones }, zone) {
  let locality = timeZones.get(zone);
  for (let at = zone.lastIndexOf("/", 64); locality === undefined && at > 0; at = zone.lastIndexOf("/", at - 1)) {
    locality = timeZones.get(zone.slice(0, at + 1));
  }
  return locality;
}

/**
 * Where nobody new is taken, people sign in: where they were served before, and who matched no locality at the fallback.
 * @param {Table} table @param {Placement} placement @param {string | null} hint @throws {EdgeError} region_closed for others
 */
export function closedPlace({ regions, fallback }, { wanted }, hint) {
  if (hint !== null && regions.has(hint)) return hint;
  if (wanted !== "") throw new EdgeError("region_closed", { detail: `${wanted} takes nobody` });
  return fallback;
}

/**
 * The client's key is a cookie, since nothing else of somebody anonymous stays the same. A new one is noted for the answer.
 * @param {Placement} placement @param {Headers} headers @param {Journey} journey @returns {Promise<string>} "" where none is open
 */
export async function drawFor({ open }, headers, journey) {
  if (open.length < 2) return open[0]?.name ?? "";
  const sent = readHintCookie(headers, FLOW_COOKIE) ?? "";
  if (FLOW.test(sent)) return draw(open, sent);
  const key = crypto.getRandomValues(new Uint8Array(16)).toHex();
  journey.cookie = `${FLOW_COOKIE}=${key}; Max-Age=${FLOW_LIFETIME_S}; ${COOKIE_ATTRIBUTES}`;
  return draw(open, key);
}

/**
 * Weighted rendezvous hashing: a region whose weight changes wins or loses keys, and none moves between two others.
 * @param {readonly Region[]} open @param {string} key @returns {Promise<string>} of equal scores the first
 */
export async function draw(open, key) {
  const scores = await Promise.all(open.map((region) => score(region, key)));
  return open[scores.indexOf(Math.max(...scores))]?.name ?? "";
}

/** @param {Region} region @param {string} key */
async function score({ name, weight }, key) {
  const digest = new DataView(await crypto.subtle.digest("SHA-256", lengthPrefixed(["placement-1", key, name])));
  return -weight / Math.log((digest.getUint32(0) * 2 ** 16 + digest.getUint16(4) + 0.5) / 2 ** 48);
}
