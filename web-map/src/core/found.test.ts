import { expect, test } from "vitest";
import type { ServedFeature } from "./api";
import { boundsOf, foundIn, nameOf } from "./found";
import { catalogue } from "./fixtures";

const feature = (id: number, properties: Record<string, unknown> = {}): ServedFeature => ({
  type: "Feature",
  id,
  geometry: { type: "Point", coordinates: [0, 0] },
  properties,
});

test("foundIn keeps the order of layers and features", () => {
  const answer = {
    results: [
      { layer: "trees", features: [feature(2), feature(1)] },
      { layer: "lawns", features: [feature(3)] },
    ],
    errors: [],
  };
  expect(foundIn(answer).map(({ layer, feature: { id } }) => `${layer}/${id}`)).toEqual([
    "trees/2",
    "trees/1",
    "lawns/3",
  ]);
});

test.each([
  ["the label field by its code's title", "trees", { species: "oak", name: "x" }, "Oak"],
  [
    "the name in the person's language",
    "base_streets",
    { name: "Lenin street", name_ru: "улица Ленина" },
    "улица Ленина",
  ],
  ["the plain name", "base_streets", { name: "Lenin street", name_ru: null }, "Lenin street"],
  ["nothing", "lawns", { area: 3 }, ""],
])("nameOf gives %s", (_, layer, properties, want) => {
  expect(nameOf({ layer, feature: feature(1, properties) }, catalogue, "ru")).toBe(want);
});

test("boundsOf surrounds every kind of geometry", () => {
  expect(boundsOf({ type: "Point", coordinates: [1, 2] })).toEqual([1, 2, 1, 2]);
  expect(
    boundsOf({
      type: "GeometryCollection",
      geometries: [
        {
          type: "MultiPolygon",
          coordinates: [
            [
              [
                [0, 0],
                [4, 0],
                [4, 3],
                [0, 0],
              ],
            ],
          ],
        },
        {
          type: "LineString",
          coordinates: [
            [-1, 1],
            [2, 2],
          ],
        },
      ],
    }),
  ).toEqual([-1, 0, 4, 3]);
  expect(boundsOf({ type: "MultiPoint", coordinates: [] })).toBeNull();
  expect(boundsOf(null)).toBeNull();
});
