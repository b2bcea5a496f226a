import { expect, test } from "vitest";
import { vehicleOf } from "./fleet";
import { markOf, unknownMarks } from "./fleet-marks";

const vehicle = vehicleOf("ploughs", {
  type: "Feature",
  id: 7,
  geometry: { type: "Point", coordinates: [74.6, 42.87] },
  properties: { state: "online", speed: 20, course: 90, blade: true },
});
const place = { lon: 74.7, lat: 42.87, guessed: true };

test("a mark says by its shape what an object does, and where it goes by its turn", () => {
  const want = { key: "ploughs/7", shape: "working", turn: 90, lon: 74.7, guessed: true, heard: null };
  expect(markOf(vehicle, place, false)).toMatchObject(want);
  expect(markOf({ ...vehicle, condition: "stopped" }, place, false).turn).toBeNull();
  expect(markOf({ ...vehicle, course: 0 }, place, false).turn).toBe(0);
  expect(markOf({ ...vehicle, course: undefined }, place, false).turn).toBeNull();
});

test("of a chosen object the mark knows from where it was guessed", () => {
  expect(markOf(vehicle, place, true).heard).toEqual([74.6, 42.87]);
  expect(markOf(vehicle, { ...place, guessed: false }, true).heard).toBeNull();
});

test("a device that no register has is drawn where it told to be", () => {
  const device = { device: "867", source: "egts", first: "", last: "", fixes: 1 };
  expect(unknownMarks(device)).toEqual([]);
  const [mark] = unknownMarks({ ...device, lon: 74.6, lat: 42.87 });
  expect(mark).toMatchObject({ key: null, name: "867", shape: "unknown" });
});
