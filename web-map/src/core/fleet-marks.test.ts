import { expect, test } from "vitest";
import { vehicleOf } from "./fleet";
import { marksOf, unknownMarks } from "./fleet-marks";

const vehicle = vehicleOf("ploughs", {
  type: "Feature",
  id: 7,
  geometry: { type: "Point", coordinates: [74.6, 42.87] },
  properties: { state: "online", speed: 20, course: 90, blade: true },
});

test("a mark says by its shape what an object does, and where it goes by its turn", () => {
  const [mark, ...others] = marksOf(vehicle, { lon: 74.6, lat: 42.87, guessed: true }, false);
  expect(mark?.properties).toMatchObject({ key: "ploughs/7", mark: "working", turn: 90, guessed: true });
  expect(others).toEqual([]);
});

test("a chosen object's guess is drawn from where it was heard last", () => {
  const [guess] = marksOf(vehicle, { lon: 74.7, lat: 42.87, guessed: true }, true);
  expect(guess?.geometry).toEqual({ type: "LineString", coordinates: [[74.6, 42.87], [74.7, 42.87]] }); // prettier-ignore
});

test("a device that no register has is drawn where it told to be", () => {
  const device = { device: "867", source: "egts", first: "", last: "", fixes: 1 };
  expect(unknownMarks(device)).toEqual([]);
  expect(unknownMarks({ ...device, lon: 74.6, lat: 42.87 })).toMatchObject([
    { properties: { name: "867", mark: "unknown" } },
  ]);
});
