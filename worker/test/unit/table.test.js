import { describe, expect, test } from "vitest";

import { placementOf } from "../../src/placement.js";
import { parseTable, regionOf } from "../../src/regions.js";
import { refusalOf } from "./refusal.js";

const REGIONS = {
  version: 3,
  default_region: "us-east",
  regions: {
    "us-east": { origin: "https://us-east.example", lifecycle: "active", countries: ["US"], time_zones: ["America/"] },
    "eu-west": { origin: "https://eu-west.example", lifecycle: "active", countries: ["DE"], time_zones: ["Europe/", "America/Argentina/"] },
    "ap-east": { origin: "https://ap-east.example", lifecycle: "draining", countries: ["JP"], time_zones: ["Asia/Tokyo"] },
  },
};

/**
 * @param {any} changes merged into the table
 * @param {any} [euWest] merged into its entry
 */
const changed = (changes, euWest = {}) => ({
  ...REGIONS,
  regions: { ...REGIONS.regions, "eu-west": { ...REGIONS.regions["eu-west"], ...euWest } },
  ...changes,
});

test("a region of the table has an origin and a lifecycle", () => {
  expect(regionOf(parseTable(REGIONS), "ap-east")).toEqual({ name: "ap-east", origin: "https://ap-east.example", lifecycle: "draining" });
});

test("a region that the table does not have is closed", () => {
  expect(refusalOf(() => regionOf(parseTable(REGIONS), "mars"))).toBe("region_closed");
  expect(refusalOf(() => regionOf(parseTable(REGIONS), "__proto__"))).toBe("region_closed");
});

test.each([
  ["nothing", undefined],
  ["a list", []],
  ["no version", changed({ version: "3" })],
  ["a default region that is not there", changed({ default_region: "mars" })],
  ["an origin with a path", changed({}, { origin: "https://eu-west.example/api" })],
  ["an origin with a slash", changed({}, { origin: "https://eu-west.example/" })],
  ["an origin with a user", changed({}, { origin: "https://a@eu-west.example" })],
  ["an origin without TLS", changed({}, { origin: "http://eu-west.example" })],
  ["a closed region", changed({}, { lifecycle: "closed" })],
  ["a country of two regions", changed({}, { countries: ["US"] })],
  ["a time zone of two regions", changed({}, { time_zones: ["America/"] })],
])("a table with %s is refused", (_name, table) => {
  expect(refusalOf(() => parseTable(table))).toBe("misconfigured");
});

describe("placement", () => {
  /** @param {Partial<import("../../src/types.js").PlacementSigns>} signs */
  const place = (signs, table = REGIONS) => placementOf(parseTable(table), { choice: null, timeZone: null, country: null, ...signs });

  test.each([
    ["the choice before the zone", { choice: "us-east", timeZone: "Europe/Berlin" }, "us-east", "choice"],
    ["the zone before the country", { timeZone: "Europe/Berlin", country: "US" }, "eu-west", "time-zone"],
    ["the longest prefix", { timeZone: "America/Argentina/Salta" }, "eu-west", "time-zone"],
    ["the shorter one elsewhere", { timeZone: "America/Indiana/Knox" }, "us-east", "time-zone"],
    ["the country where the zone says nothing", { timeZone: "Antarctica/Troll", country: "DE" }, "eu-west", "country"],
    ["the country where the zone's region is draining", { timeZone: "Asia/Tokyo", country: "DE" }, "eu-west", "country"],
    ["the default where the country's region is draining", { country: "JP" }, "us-east", "default"],
    ["the default for a zone that is none", { timeZone: "/../" }, "us-east", "default"],
  ])("%s", (_name, signs, region, reason) => {
    expect(place(signs)).toEqual({ region, reason });
  });

  test.each(["ap-east", "mars", ""])("the choice %o is not open", (choice) => {
    expect(refusalOf(() => place({ choice }))).toBe("region_not_open");
  });

  test("where the default region drains, the first active one by name takes its place", () => {
    expect(place({}, { ...REGIONS, default_region: "ap-east" })).toEqual({ region: "eu-west", reason: "default" });
  });

  test("where no region is active, the default one serves, and the reason says that nobody new is taken", () => {
    const drained = /** @type {any} */ ({ version: 1, default_region: "ap-east", regions: { "ap-east": REGIONS.regions["ap-east"] } });
    expect(place({ country: "US" }, drained)).toEqual({ region: "ap-east", reason: "none" });
    expect(refusalOf(() => place({ choice: "ap-east" }, drained))).toBe("region_not_open");
  });
});
