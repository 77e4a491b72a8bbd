import { describe, expect, test } from "vitest";

import { closedPlace, placementOf } from "../../src/placement.js";
import { parseTable, regionOf } from "../../src/regions.js";
import { refusalOf } from "./refusal.js";

const REGIONS = {
  version: 3,
  default_locality: "us",
  localities: {
    asia: { countries: ["JP"], time_zones: ["Asia/Tokyo"] },
    eu: { countries: ["DE"], time_zones: ["Europe/", "America/Argentina/"] },
    us: { countries: ["US"], time_zones: ["America/"] },
  },
  regions: {
    "ap-east": { origin: "https://ap-east.example", lifecycle: "draining", locality: "asia", weight: 100 },
    "eu-north": { origin: "https://eu-north.example", lifecycle: "active", locality: "eu", weight: 50 },
    "eu-south": { origin: "https://eu-south.example", lifecycle: "active", locality: "eu", weight: 0 },
    "eu-west": { origin: "https://eu-west.example", lifecycle: "active", locality: "eu", weight: 100 },
    "us-east": { origin: "https://us-east.example", lifecycle: "active", locality: "us", weight: 100 },
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

/** @param {any} asia merged into the locality */
const withAsia = (asia) => ({ localities: { ...REGIONS.localities, asia } });

test("a region of the table has an origin, a locality and a weight, which a draining one has not", () => {
  expect(regionOf(parseTable(REGIONS), "eu-north")).toEqual({ name: "eu-north", origin: "https://eu-north.example", locality: "eu", weight: 50 });
  expect(regionOf(parseTable(REGIONS), "ap-east").weight).toBe(0);
});

test("a region that the table does not have is closed", () => {
  expect(refusalOf(() => regionOf(parseTable(REGIONS), "mars"))).toBe("region_closed");
  expect(refusalOf(() => regionOf(parseTable(REGIONS), "__proto__"))).toBe("region_closed");
});

test.each([
  ["nothing", undefined],
  ["a list", []],
  ["no version", changed({ version: "3" })],
  ["no localities", changed({ localities: undefined })],
  ["a default locality that is not there", changed({ default_locality: "mars" })],
  ["a default locality without a region", changed({ default_locality: "moon", localities: { ...REGIONS.localities, moon: {} } })],
  ["a locality that is called as a region is", changed({ localities: { ...REGIONS.localities, "eu-west": {} } })],
  ["a region of no locality", changed({}, { locality: undefined })],
  ["a region of a locality that is not there", changed({}, { locality: "toString" })],
  ["a weight that is text", changed({}, { weight: "100" })],
  ["a weight that is no whole number", changed({}, { weight: 0.5 })],
  ["a weight below nothing", changed({}, { weight: -1 })],
  ["an origin with a path", changed({}, { origin: "https://eu-west.example/api" })],
  ["an origin with a slash", changed({}, { origin: "https://eu-west.example/" })],
  ["an origin with a user", changed({}, { origin: "https://a@eu-west.example" })],
  ["an origin without TLS", changed({}, { origin: "http://eu-west.example" })],
  ["a closed region", changed({}, { lifecycle: "closed" })],
  ["a country of two localities", changed(withAsia({ countries: ["US"] }))],
  ["a time zone of two localities", changed(withAsia({ time_zones: ["America/"] }))],
])("a table with %s is refused", (_name, table) => {
  expect(refusalOf(() => parseTable(table))).toBe("misconfigured");
});

describe("placement", () => {
  /** @param {Partial<import("../../src/types.js").PlacementSigns>} signs @param {any} [table] */
  const place = (signs, table = REGIONS, hint = /** @type {string | null} */ (null)) => {
    const { wanted, open, reason } = placementOf(parseTable(table), { choice: null, timeZone: null, country: null, ...signs }, hint);
    return [wanted, open.map(({ name }) => name), reason];
  };
  const EUROPE = ["eu-north", "eu-west"];

  test.each([
    ["the choice of a locality before the zone", { choice: "us", timeZone: "Europe/Berlin" }, "us", ["us-east"], "choice"],
    ["the choice of a region", { choice: "eu-north", country: "US" }, "eu-north", ["eu-north"], "choice"],
    ["the zone before the country", { timeZone: "Europe/Berlin", country: "US" }, "eu", EUROPE, "time-zone"],
    ["the longest prefix", { timeZone: "America/Argentina/Salta" }, "eu", EUROPE, "time-zone"],
    ["the shorter one elsewhere", { timeZone: "America/Indiana/Knox" }, "us", ["us-east"], "time-zone"],
    ["the country where the zone says nothing", { timeZone: "Antarctica/Troll", country: "DE" }, "eu", EUROPE, "country"],
    ["nowhere else where the zone's locality drains", { timeZone: "Asia/Tokyo", country: "DE" }, "asia", [], "none"],
    ["nowhere else where the country's locality drains", { country: "JP" }, "asia", [], "none"],
    ["the default for a zone that is none", { timeZone: "/../" }, "us", ["us-east"], "default"],
  ])("%s", (_name, signs, wanted, open, reason) => {
    expect(place(signs)).toEqual([wanted, open, reason]);
  });

  test.each(["ap-east", "asia", "eu-south", "mars", "", "__proto__"])("the choice %o is not open", (choice) => {
    expect(refusalOf(() => place({ choice }))).toBe("region_not_open");
  });

  test("a region that drains is followed as a choice by whom its own hint names, and nothing else is", () => {
    expect(place({ choice: "eu-south" }, REGIONS, "eu-south")).toEqual(["eu-south", [], "none"]);
    expect(place({ choice: "eu-north" }, REGIONS, "eu-north")).toEqual(["eu-north", ["eu-north"], "choice"]);
    expect(refusalOf(() => place({ choice: "eu-south" }, REGIONS, "eu-west"))).toBe("region_not_open");
    expect(refusalOf(() => place({ choice: "asia" }, REGIONS, "asia"))).toBe("region_not_open");
    expect(refusalOf(() => place({ choice: "mars" }, REGIONS, "mars"))).toBe("region_not_open");
  });

  test("where the default locality takes nobody, that of the first region by name that does takes its place", () => {
    expect(place({}, { ...REGIONS, default_locality: "asia" })).toEqual(["eu", EUROPE, "default"]);
  });

  describe("where nobody new is taken", () => {
    const drained = /** @type {any} */ (structuredClone(REGIONS));
    for (const region of Object.values(drained.regions)) region.lifecycle = "draining";
    const table = parseTable(drained);
    /** @param {Partial<import("../../src/types.js").PlacementSigns>} signs @param {string | null} hint */
    const closed = (signs, hint) => closedPlace(table, placementOf(table, { choice: null, timeZone: null, country: null, ...signs }, hint), hint);

    test("who matched no locality signs in at the default one, and the reason says that nobody new is taken", () => {
      expect(place({ country: "FR" }, drained)).toEqual(["", [], "none"]);
      expect(closed({}, null)).toBe("us-east");
    });

    test("who matched one is refused, but where they were served before", () => {
      expect(refusalOf(() => closed({ country: "DE" }, null))).toBe("region_closed");
      expect(refusalOf(() => closed({ country: "DE" }, "mars"))).toBe("region_closed");
      expect(closed({ country: "DE" }, "eu-west")).toBe("eu-west");
    });
  });
});
