import { expect, test } from "vitest";
import { formatPermalink, parsePermalink, type Permalink } from "./permalink";

const nothing: Permalink = { on: [], off: [], opacity: {}, order: [] };

const cases: [string, Permalink][] = [
  ["", nothing],
  ["map=15.2/39.16000/-75.52000", { ...nothing, view: { lon: -75.52, lat: 39.16, zoom: 15.2, bearing: 0, pitch: 0 } }],
  ["map=4/39.16/-75.52/-30.5", { ...nothing, view: { lon: -75.52, lat: 39.16, zoom: 4, bearing: -30.5, pitch: 0 } }],
  ["map=4/39.16/-75.52/0/45", { ...nothing, view: { lon: -75.52, lat: 39.16, zoom: 4, bearing: 0, pitch: 45 } }],
  [
    "on=lawns&off=base,trees&opacity=trees:0.5,roads:0.25",
    { on: ["lawns"], off: ["base", "trees"], opacity: { trees: 0.5, roads: 0.25 }, order: [] },
  ],
  [
    "theme=night&lang=ky&object=parcels/12",
    { ...nothing, theme: "night", language: "ky", object: { layer: "parcels", id: "12" } },
  ],
  ["object=roads/a/%D1%8F%26", { ...nothing, object: { layer: "roads", id: "a/я&" } }],
];

test.each(cases)("%j goes both ways", (fragment, link) => {
  expect(formatPermalink(link)).toBe(fragment);
  expect(parsePermalink(`#${fragment}`)).toEqual(link);
});

test.each([
  "map=abc",
  "map=15",
  "map=15/39",
  "map=99/39/-75",
  "map=15/99/-75",
  "map=15/39/-975",
  "map=15/39/-75/x",
  "map=15/39/-75/0/90",
  "theme=pink",
  "lang=de",
  "object=parcels",
  "object=/1",
  "opacity=trees:x,roads:0,lawns:7",
  "%E0%A4%A",
])("%j is as if absent", (fragment) => {
  expect(parsePermalink(fragment)).toEqual(nothing);
});

test("a view keeps its place to a tenth of a pixel", () => {
  const view = { lon: 71.4304917, lat: 51.1282205, zoom: 18.37, bearing: 0, pitch: 0 };
  const read = parsePermalink(formatPermalink({ ...nothing, view })).view;
  const degreesPerPixel = 360 / 512 / 2 ** view.zoom;
  expect(Math.abs((read?.lon ?? 0) - view.lon)).toBeLessThan(degreesPerPixel);
  expect(Math.abs((read?.lat ?? 0) - view.lat)).toBeLessThan(degreesPerPixel);
});
