import { expect, test } from "vitest";
import type { GrantableLayer, GrantForm } from "./admin";
import {
  areaOf,
  cleaned,
  cornersOf,
  countLevels,
  faultPlace,
  freshGrant,
  givesPersonalData,
  levelOf,
  parseArea,
} from "./grant";

const parcels: GrantableLayer = {
  id: "parcels",
  title: "Parcels",
  group: "land",
  geometry: true,
  closed: false,
  attributes: [
    { name: "number", title: "Number", personal: false },
    { name: "holder", title: "Holder", personal: true },
  ],
};
const [number, holder] = parcels.attributes as [GrantableLayer["attributes"][0], GrantableLayer["attributes"][0]];

test("a level that was not said is that of all others, but personal data stay hidden", () => {
  const fresh = freshGrant("parcels");
  expect(levelOf(fresh, number)).toBe("readable");
  expect(levelOf(fresh, holder)).toBe("hidden");
  expect(givesPersonalData(fresh, parcels)).toBe(false);
  const masked: GrantForm = { ...fresh, attributes: { holder: "masked" } };
  expect(levelOf(masked, number)).toBe("hidden");
  expect(givesPersonalData(masked, parcels)).toBe(true);
  expect(countLevels(masked, parcels)).toEqual([
    { level: "hidden", count: 1 },
    { level: "masked", count: 1 },
  ]);
});

test("what the layer does not have is not sent", () => {
  const form: GrantForm = {
    ...freshGrant("parcels"),
    attributes: { "*": "readable", gone: "writable" },
    filter: " a ",
  };
  expect(cleaned(form, parcels)).toMatchObject({ attributes: { "*": "readable" }, filter: "a" });
  const area = { polygon: { type: "Polygon" as const, coordinates: [] } };
  expect(cleaned({ ...form, area }, { ...parcels, geometry: false }).area).toBeNull();
});

const ring = [
  [74, 42],
  [75, 42],
  [75, 43],
  [74, 42],
];
const polygon = { type: "Polygon", coordinates: [ring] };

test("a ring that is drawn is closed", () => {
  const points = ring.slice(0, 3).map(([lon = 0, lat = 0]) => ({ lon, lat }));
  expect(areaOf(points)).toEqual(polygon);
  expect(cornersOf({ type: "MultiPolygon", coordinates: [[ring], [ring]] })).toBe(6);
  expect(areaOf(points.slice(0, 2))).toBeNull();
});

test.each([
  ["a polygon", polygon, polygon],
  ["a feature", { type: "Feature", properties: {}, geometry: polygon }, polygon],
  [
    "two features",
    {
      type: "FeatureCollection",
      features: [
        { type: "Feature", geometry: polygon },
        { type: "Feature", geometry: polygon },
      ],
    },
    { type: "MultiPolygon", coordinates: [[ring], [ring]] },
  ],
  ["a point", { type: "Point", coordinates: [74, 42] }, null],
  ["a ring of two corners", { type: "Polygon", coordinates: [ring.slice(0, 2)] }, null],
  ["coordinates that are none", { type: "Polygon", coordinates: [["a", "b", "c", "d"]] }, null],
  ["nothing", null, null],
])("reads %s that is pasted", (_, pasted, want) => {
  expect(parseArea(JSON.stringify(pasted))).toEqual(want);
});

test("text that is not JSON is no area", () => expect(parseArea("POLYGON ((…))")).toBeNull());

test.each([
  ["a = ", "column 5: something is missing", 4],
  ["a = 1 AND\nb ~ 2", "line 2, column 3: an operator is missing", 12],
  ["'😀' x", "column 5: what is this", 5],
  ["a", "column 99: the end", 1],
  ["a", "there is no attribute a", null],
])("in %j the fault %j is at %o", (filter, detail, want) => expect(faultPlace(filter, detail)).toBe(want));
