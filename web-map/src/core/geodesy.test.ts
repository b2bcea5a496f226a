import { expect, test } from "vitest";
import { enclosed, stretches } from "./geodesy";

const degrees = (points: [number, number][]) => points.map(([lon, lat]) => ({ lon, lat }));

test("a degree along the equator and one along a meridian have the lengths of WGS 84", () => {
  const [east, north] = stretches(degrees([[0, 0], [1, 0], [1, 1]])); // prettier-ignore
  expect(east).toBeCloseTo(111_319.491, 3);
  expect(north).toBeCloseTo(110_574.389, 3);
});

test("one point and none are no way", () => {
  expect(stretches([])).toEqual([]);
  expect(stretches(degrees([[5, 5]]))).toEqual([]);
});

test("a cell of one degree at the equator encloses its area, whichever way round", () => {
  const ring = degrees([[0, 0], [1, 0], [1, 1], [0, 1]]); // prettier-ignore
  // ST_Area of PostGIS over geography agrees to the square metre.
  expect(enclosed(ring).area / 12_308_778_361.469).toBeCloseTo(1, 9);
  expect(enclosed([...ring].reverse()).area).toBeCloseTo(enclosed(ring).area, 3);
  expect(enclosed(ring).perimeter).toBeCloseTo(443_770.917, 3);
});
