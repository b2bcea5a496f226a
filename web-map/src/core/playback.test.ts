import { expect, test } from "vitest";
import { vehicleOf } from "./fleet";
import { firstHeard, fleetAt, vehicleThen } from "./playback";

const tracks = {
  objects: [
    {
      id: 1,
      name: "A",
      times: [100, 110, 120, 2000],
      coordinates: [
        [0, 0],
        [1, 0],
        [1, 1],
        [2, 2],
      ] as [number, number][],
      working: [[105, 115]] as [number, number][],
    },
    { id: 2, times: [], coordinates: [] },
  ],
};

test.each([
  ["before the first fix", 99, []],
  ["at a fix", 100, [{ id: 1, name: "A", lon: 0, lat: 0, at: 100, working: false, course: 90 }]],
  ["between two", 105, [{ id: 1, name: "A", lon: 0.5, lat: 0, at: 100, working: true, course: 90 }]],
  ["on the next stretch", 115, [{ id: 1, name: "A", lon: 1, lat: 0.5, at: 110, working: true, course: 0 }]],
  ["in a long silence", 1000, []],
  ["just after the last", 2001, [{ id: 1, name: "A", lon: 2, lat: 2, at: 2000, working: false }]],
  ["long after the last", 5000, []],
])("shows the fleet %s", (_, time, want) => expect(fleetAt(tracks, time)).toEqual(want));

test("a playback knows when it begins to show somebody", () => {
  expect(firstHeard(tracks)).toBe(100);
  expect(firstHeard({ objects: [] })).toBe(Infinity);
});

test("an object of the past has a place and a condition of then, and a contractor of now", () => {
  const properties = { contractor: "X", speed: 0, state: "lost" } as const;
  const known = vehicleOf("ploughs", { type: "Feature", id: 1, geometry: null, properties });
  const [past] = fleetAt(tracks, 105);
  expect(past && vehicleThen("ploughs", past, known)).toMatchObject({
    key: "ploughs/1",
    condition: "working",
    at: 100_000,
    position: [0.5, 0],
    course: 90,
    properties: { contractor: "X" },
  });
});
