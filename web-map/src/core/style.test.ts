import { validateStyleMin } from "@maplibre/maplibre-gl-style-spec";
import type { StyleSpecification } from "maplibre-gl";
import { expect, test } from "vitest";
import { catalogue } from "./fixtures";
import { composeStyle, sketchGeometry, type Highlight } from "./style";
import { fadeLayer, initialVisibility, show } from "./visibility";

const layer = (id: string, more = {}) => ({
  id: `${id}-line`,
  type: "line" as const,
  source: "base",
  "source-layer": id,
  metadata: { "kvartal:layer": id },
  ...more,
});

const document: StyleSpecification = {
  version: 8,
  glyphs: "/fonts/{fontstack}/{range}.pbf",
  sources: { base: { type: "vector", url: "/tiles/base.json" } },
  layers: [
    { id: "background", type: "background", paint: { "background-color": "#fff" } },
    layer("trees"),
    layer("base_streets", { paint: { "line-opacity": 0.5 } }),
  ],
};

const nowhere: Highlight = { geometry: null, point: null, sketch: { points: [], ring: false } };
const colours = { line: "#a00", fill: "#a00", halo: "#fff" };
const initial = initialVisibility(catalogue);

function styleLayer(style: StyleSpecification, id: string) {
  return style.layers.find((layer) => layer.id === id);
}

test("a composed style is valid and keeps the document's order under the highlight", () => {
  const style = composeStyle(document, initial, nowhere, colours);
  expect(validateStyleMin(style)).toEqual([]);
  expect(style.layers.slice(0, 3).map(({ id }) => id)).toEqual(["background", "trees-line", "base_streets-line"]);
});

test("a hidden layer is left out, and a source with its last layer", () => {
  const one = composeStyle(document, show(initial, ["trees"], false), nowhere, colours);
  expect(styleLayer(one, "trees-line")).toBeUndefined();
  expect(styleLayer(one, "base_streets-line")).toBeDefined();
  expect(Object.keys(one.sources)).toContain("base");
  const none = composeStyle(document, show(initial, ["trees", "base_streets"], false), nowhere, colours);
  expect(Object.keys(none.sources)).not.toContain("base");
  expect(styleLayer(none, "background")).toBeDefined();
});

test("opacity multiplies the style's own", () => {
  const style = composeStyle(document, fadeLayer(initial, "base_streets", 0.5), nowhere, colours);
  expect(styleLayer(style, "base_streets-line")?.paint).toEqual({ "line-opacity": 0.25 });
});

test("the document is left as it was", () => {
  const before = structuredClone(document);
  composeStyle(document, fadeLayer(show(initial, ["trees"], false), "base_streets", 0.5), nowhere, colours);
  expect(document).toEqual(before);
});

test("the chosen object and point become sources", () => {
  const geometry = {
    type: "LineString" as const,
    coordinates: [[0, 0] as [number, number], [1, 1] as [number, number]],
  };
  const style = composeStyle(document, initial, { ...nowhere, geometry, point: { lon: 3, lat: 4 } }, colours);
  expect(style.sources["kvartal-highlight"]).toMatchObject({ data: { features: [{ geometry }] } });
  expect(style.sources["kvartal-point"]).toMatchObject({ data: { features: [{ geometry: { coordinates: [3, 4] } }] } });
});

test.each([
  [0, []],
  [1, ["MultiPoint"]],
  [2, ["LineString", "MultiPoint"]],
  [3, ["Polygon", "MultiPoint"]],
])("a ring of %d points is drawn as far as it goes", (count, types) => {
  const points = [{ lon: 0, lat: 0 }, { lon: 1, lat: 0 }, { lon: 1, lat: 1 }].slice(0, count); // prettier-ignore
  const geometry = sketchGeometry({ points, ring: true });
  expect(geometry?.type === "GeometryCollection" ? geometry.geometries.map(({ type }) => type) : []).toEqual(types);
});
