import { expect, test } from "vitest";
import { metresPerPixel, scaleBar, scaleDenominator } from "./scale";

test("a pixel at zoom 0 on the equator is 78 km, half of it at 60 degrees", () => {
  expect(metresPerPixel(0, 0)).toBeCloseTo(78_271.5, 1);
  expect(metresPerPixel(60, 0)).toBeCloseTo(39_135.8, 1);
});

test("scale of zoom 15 at the latitude of Bishkek", () => {
  expect(scaleDenominator(42.87, 15)).toBe(6300);
});

test.each([
  [1, 100, 100],
  [0.3, 100, 20],
  [0.9, 100, 50],
  [12, 100, 1000],
])("at %d m a pixel and %d pixels of room the bar is %d m", (metres, room, want) => {
  const bar = scaleBar(metres, room);
  expect(bar.metres).toBe(want);
  expect(bar.pixels).toBeCloseTo(want / metres);
  expect(bar.pixels).toBeLessThanOrEqual(room);
});
