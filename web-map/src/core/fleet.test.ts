import { expect, test } from "vitest";
import { conditionOf, Fleet, inferred, passes, placeAt, vehicleOf, WHOLE_FLEET } from "./fleet";
import { parseObjects, parseRemoved, type LiveFeature, type LiveProperties } from "./live";

const at = "2026-01-20T08:00:00Z";
const plough = (properties: LiveProperties = {}, id = 17): LiveFeature => ({
  type: "Feature",
  id,
  geometry: { type: "Point", coordinates: [74.6, 42.87] },
  properties: { name: `КДМ-${id}`, class: "plough", state: "online", at, speed: 36, course: 90, ...properties },
});

test.each([
  [{ state: "lost", speed: 30, blade: true }, "lost"],
  [{ state: "stale", speed: 30 }, "stale"],
  [{ state: "late", speed: 30, spreader: true }, "working"],
  [{ state: "online", speed: 30, blade: false }, "moving"],
  [{ state: "online", speed: 0, blade: true, ignition: true }, "idle"],
  [{ speed: 1 }, "stopped"],
  [{ state: "online", temperature: -6 }, "heard"],
] as const)("%j is %s", (properties, want) => expect(conditionOf(properties)).toBe(want));

test("an object that moves goes on for a while, marked as a guess", () => {
  const vehicle = vehicleOf("ploughs", plough());
  const start = Date.parse(at);
  expect(placeAt(vehicle, start)).toEqual({ lon: 74.6, lat: 42.87, guessed: false });
  const later = placeAt(vehicle, start + 10_000);
  expect(later?.guessed).toBe(true);
  expect(((later?.lon ?? 0) - 74.6) * 111_195 * Math.cos((42.87 * Math.PI) / 180)).toBeCloseTo(100, 3);
  expect(later?.lat).toBeCloseTo(42.87, 9);
  expect(placeAt(vehicle, start + 3_600_000)).toEqual(placeAt(vehicle, start + 15_000));
});

test("an object that stands, or tells no course, stays where it was", () => {
  for (const properties of [{ speed: 0 }, { course: undefined }, { state: "stale" as const }]) {
    const vehicle = vehicleOf("ploughs", plough(properties as LiveProperties));
    expect(placeAt(vehicle, Date.parse(at) + 10_000)?.guessed).toBe(false);
  }
  expect(placeAt(vehicleOf("ploughs", { ...plough(), geometry: null }), 0)).toBeNull();
});

test("what tells places alone goes as its way says", () => {
  const heard = (seconds: number, east: number, properties: LiveProperties = {}) => {
    const geometry = { type: "Point" as const, coordinates: [74.6 + east / 81_496, 42.87] };
    const at = new Date(Date.UTC(2026, 0, 20) + seconds * 1000).toISOString();
    return vehicleOf("buses", { type: "Feature", id: 1, geometry, properties: { state: "online", at, ...properties } });
  };
  const first = inferred(heard(0, 0), undefined);
  expect(first).toMatchObject({ condition: "heard" });
  expect(inferred(heard(30, 5), first)).toMatchObject({ condition: "heard" });
  const second = inferred(heard(30, 300), first);
  expect(second).toMatchObject({ condition: "moving" });
  expect(second.speed).toBeCloseTo(36, 1);
  expect(second.course).toBeCloseTo(90, 3);
  expect(inferred(heard(30, 300, { state: "late" }), second)).toMatchObject({
    condition: "moving",
    speed: second.speed,
  });
  expect(inferred(heard(60, 301), second)).toMatchObject({ condition: "stopped", speed: 0, course: second.course });
  expect(inferred(heard(60, 600, { speed: 20 }), second)).toMatchObject({ speed: 20, course: second.course });
});

test("a snapshot replaces what was known of its layer alone", () => {
  const fleet = new Fleet();
  fleet.replace("ploughs", [plough(), plough({}, 18)]);
  fleet.replace("buses", [plough({ class: "bus" }, 17)]);
  fleet.replace("ploughs", [plough({ speed: 0 }, 18)]);
  expect([...fleet.all].map(({ key }) => key).sort()).toEqual(["buses/17", "ploughs/18"]);
  fleet.update("ploughs", [plough({ blade: true }, 18)]);
  expect(fleet.get("ploughs/18")?.condition).toBe("working");
  fleet.remove("ploughs", [18, 99]);
  expect(fleet.get("ploughs/18")).toBeUndefined();
});

test("filters look at class, condition, contractor and text together", () => {
  const vehicle = vehicleOf("ploughs", plough({ contractor: "Тазалык", plate: "01KG123" }));
  expect(passes(vehicle, WHOLE_FLEET)).toBe(true);
  expect(passes(vehicle, { ...WHOLE_FLEET, text: "kg1", class: "plough", condition: "moving" })).toBe(true);
  expect(passes(vehicle, { ...WHOLE_FLEET, contractor: "another" })).toBe(false);
  expect(passes(vehicle, { ...WHOLE_FLEET, text: "кдм-18" })).toBe(false);
});

test("events that are not as expected are nothing", () => {
  const objects = { layer: "ploughs", features: [plough()] };
  expect(parseObjects(JSON.stringify({ type: "FeatureCollection", ...objects }))).toEqual(objects);
  expect(parseObjects(JSON.stringify({ features: [plough()] }))).toBeUndefined();
  expect(parseObjects('{"layer":"ploughs","features":[{"id":"17"}]}')).toBeUndefined();
  expect(parseObjects("null")).toBeUndefined();
  expect(parseObjects("<html>")).toBeUndefined();
  expect(parseRemoved('{"layer":"buses","ids":[1,2]}')).toEqual({ layer: "buses", ids: [1, 2] });
  expect(parseRemoved('{"layer":"buses","ids":["1"]}')).toBeUndefined();
});
