import type { LayerSpecification, StyleSpecification } from "maplibre-gl";
import { expect, test } from "vitest";
import { arranged, drawnOrder, moved, reordered } from "./order";

const part = (layer: string, name: string, type: "fill" | "line" | "symbol", source = "themes") =>
  ({ id: `${layer}-${name}`, type, source, metadata: { "kvartal:layer": layer } }) as LayerSpecification;

const layers: LayerSpecification[] = [
  { id: "background", type: "background" },
  part("land", "fill", "fill", "base"),
  part("zones", "fill", "fill"),
  part("parcels", "fill", "fill"),
  part("parcels", "line", "line"),
  part("zones", "line", "line"),
  part("pipes", "line", "line"),
  part("towns", "label", "symbol", "base"),
  part("parcels", "label", "symbol"),
  part("zones", "label", "symbol"),
];

const ids = (list: readonly LayerSpecification[]) => list.map(({ id }) => id);

test("the order is that of areas and lines, topmost first, without the base map", () => {
  expect(drawnOrder({ layers } as StyleSpecification)).toEqual(["pipes", "zones", "parcels"]);
});

test("a layer of labels alone has its place too", () => {
  const document = { layers: [...layers, part("names", "label", "symbol")] } as StyleSpecification;
  expect(drawnOrder(document)[0]).toBe("names");
});

test("wanted ids change places among themselves only", () => {
  expect(arranged(["a", "b", "c", "d"], ["d", "b"])).toEqual(["a", "d", "c", "b"]);
  expect(arranged(["a", "b"], ["gone", "b", "a"])).toEqual(["b", "a"]);
  expect(arranged(["a", "b"], [])).toEqual(["a", "b"]);
});

test("an id moves as far as there are places", () => {
  expect(moved(["a", "b", "c"], "a", 1)).toEqual(["b", "a", "c"]);
  expect(moved(["a", "b", "c"], "c", -5)).toEqual(["c", "a", "b"]);
  expect(moved(["a", "b", "c"], "b", 9)).toEqual(["a", "c", "b"]);
  expect(moved(["a", "b"], "z", 1)).toEqual(["a", "b"]);
});

test("style layers follow, labels among labels, the base map unmoved", () => {
  expect(ids(reordered(layers, ["parcels", "zones", "pipes"]))).toEqual([
    "background",
    "land-fill",
    "pipes-line",
    "zones-fill",
    "zones-line",
    "parcels-fill",
    "parcels-line",
    "towns-label",
    "zones-label",
    "parcels-label",
  ]);
});
