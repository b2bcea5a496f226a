import { expect, test } from "vitest";
import type { TrackPart } from "./live";
import { drawnTrack, pausesOf, speedClass, trackBounds } from "./track";

const way: TrackPart = {
  type: "Feature",
  geometry: {
    type: "LineString",
    coordinates: [
      [0, 0],
      [1, 0],
      [2, 0],
      [3, 0],
    ],
  },
  properties: {
    kind: "way",
    action: "working",
    from: "",
    to: "",
    length_km: 1,
    speed_max: 50,
    times: [0, 1, 2, 3],
    speeds: [0, 5, 8, 50],
  },
};

test("a track is coloured by what was done", () => {
  const [drawn] = drawnTrack({ features: [way] }, "action").features;
  expect(drawn?.properties).toEqual({ kind: "way", tone: "working" });
});

test("a track is cut where its class of speed changes, without a hole", () => {
  const drawn = drawnTrack({ features: [way] }, "speed").features;
  expect(drawn.map(({ properties }) => properties?.tone as string)).toEqual(["0", "3"]);
  expect(drawn[1]?.geometry).toEqual({
    type: "LineString",
    coordinates: [
      [2, 0],
      [3, 0],
    ],
  });
});

test.each([
  [0, 0],
  [10, 1],
  [39.9, 2],
  [60, 4],
  [200, 4],
])("%d km/h is of class %d", (speed, want) => expect(speedClass(speed)).toBe(want));

test("the pauses of a track come in the order of time", () => {
  const [from, to, later] = ["2026-01-20T08:00:00Z", "2026-01-20T08:05:00Z", "2026-01-20T09:00:00Z"];
  const gap: TrackPart = {
    type: "Feature",
    geometry: { type: "LineString", coordinates: [[5, 6], [7, 8]] }, // prettier-ignore
    properties: { kind: "gap", from: later, to: later },
  };
  const stop: TrackPart = {
    type: "Feature",
    geometry: { type: "Point", coordinates: [1, 2] },
    properties: { kind: "stop", from, to, idling: true },
  };
  expect(pausesOf({ features: [way, gap, stop] })).toEqual([
    { kind: "idling", from: Date.parse(from), to: Date.parse(to), place: [1, 2] },
    { kind: "gap", from: Date.parse(later), to: Date.parse(later), place: [5, 6] },
  ]);
  expect(trackBounds({ features: [way, gap, stop] })).toEqual([0, 0, 7, 8]);
  expect(trackBounds({ features: [] })).toBeNull();
});
