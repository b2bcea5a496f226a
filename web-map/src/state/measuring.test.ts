import { expect, test } from "vitest";
import { Measuring } from "./measuring";

const a = { lon: 1, lat: 1 };
const b = { lon: 2, lat: 1 };
const c = { lon: 2, lat: 2 };

function measuringOf(...points: { lon: number; lat: number }[]) {
  const measuring = new Measuring();
  measuring.start("distance");
  points.forEach((point) => measuring.add(point));
  return { measuring, points: () => measuring.measurement.get()?.points };
}

test("points follow one another, a double click is one", () => {
  expect(measuringOf(a, b, { lon: 2 + 1e-9, lat: 1 }).points()).toEqual([a, b]);
});

test("undo takes back the last point, and the end", () => {
  const { measuring, points } = measuringOf(a, b, c);
  measuring.finish();
  measuring.undo();
  expect(points()).toEqual([a, b]);
  expect(measuring.measurement.get()?.finished).toBe(false);
});

test("what is finished gives way to the next", () => {
  const { measuring, points } = measuringOf(a, b);
  measuring.finish();
  measuring.add(c);
  expect(points()).toEqual([c]);
});

test("one point is not the end, and the kind can change on the way", () => {
  const { measuring, points } = measuringOf(a);
  measuring.finish();
  measuring.start("area");
  measuring.add(b);
  expect(points()).toEqual([a, b]);
  measuring.clear();
  expect(points()).toEqual([]);
});

test("nothing is measured before it begins or after it ends", () => {
  const measuring = new Measuring();
  measuring.add(a);
  expect(measuring.measurement.get()).toBe(null);
  measuring.start("area");
  measuring.stop();
  measuring.undo();
  expect(measuring.measurement.get()).toBe(null);
});
