import { validateStyleMin } from "@maplibre/maplibre-gl-style-spec";
import type { LayerSpecification } from "maplibre-gl";
import { expect, test } from "vitest";
import { faded, fadedPaint } from "./opacity";

test.each([
  [0.8, 0.4],
  [
    ["interpolate", ["linear"], ["zoom"], 10, 0, 12, 1],
    ["interpolate", ["linear"], ["zoom"], 10, 0, 12, 0.5],
  ],
  [
    ["step", ["zoom"], 0.2, 12, ["get", "weight"]],
    ["step", ["zoom"], 0.1, 12, ["*", ["get", "weight"], 0.5]],
  ],
  [
    ["case", ["has", "name"], 1, 0.5],
    ["*", ["case", ["has", "name"], 1, 0.5], 0.5],
  ],
])("half of %j is %j", (opacity, want) => {
  expect(faded(opacity, 0.5)).toEqual(want);
});

test("a property that is not set counts as opaque", () => {
  const symbol: LayerSpecification = {
    id: "s",
    type: "symbol",
    source: "s",
    paint: { "text-opacity": 0.5, "text-color": "red" },
  };
  expect(fadedPaint(symbol, 0.5)).toEqual({ "icon-opacity": 0.5, "text-opacity": 0.25, "text-color": "red" });
});

test("a faded zoom curve is still valid style", () => {
  const line: LayerSpecification = {
    id: "l",
    type: "line",
    source: "s",
    "source-layer": "l",
    paint: { "line-opacity": ["interpolate", ["linear"], ["zoom"], 10, ["case", ["has", "x"], 1, 0.5], 12, 1] },
  };
  const layer = { ...line, paint: fadedPaint(line, 0.3) };
  expect(
    validateStyleMin({ version: 8, sources: { s: { type: "vector", url: "t" } }, layers: [layer as typeof line] }),
  ).toEqual([]);
});
