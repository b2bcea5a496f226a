import { expect, test } from "vitest";
import { tellArea, tellLength } from "./measures";

test.each([
  [12.345, "12.35", "m"],
  [8120.04, "8,120.0", "m"],
  [12_345, "12.35", "km"],
])("a length of %d m", (metres, value, unit) => {
  expect(tellLength(metres, "en")).toEqual({ value, unit });
});

test.each([
  [99_999.94, "99,999.9", "m2"],
  [123_456, "12.346", "har"],
  [12_345_678, "12.346", "km2"],
])("an area of %d m²", (area, value, unit) => {
  expect(tellArea(area, "en")).toEqual({ value, unit });
});
