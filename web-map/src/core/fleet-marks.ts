import type { Feature } from "geojson";
import type { Place, Vehicle } from "./fleet";
import type { UnknownDevice } from "./live";

/** What the map draws of an object: its mark, and if it is chosen and guessed, from where to where that is. */
export function marksOf(vehicle: Vehicle, { lon, lat, guessed }: Place, chosen: boolean): Feature[] {
  const { key, name, condition, course = 0, position } = vehicle;
  const turn = condition === "working" || condition === "moving" ? course : 0;
  const mark = point("vehicle", lon, lat, { key, name, mark: condition, turn, guessed, chosen });
  return chosen && guessed && position ? [line("guess", [...position], [lon, lat]), mark] : [mark];
}

/** What the map draws of a device that no register has: nothing if it told no place. */
export function unknownMarks({ device, lon, lat }: UnknownDevice): Feature[] {
  return lon === undefined || lat === undefined
    ? []
    : [point("vehicle", lon, lat, { name: device, mark: "unknown", turn: 0, guessed: false, chosen: false })];
}

function point(kind: string, lon: number, lat: number, properties: Record<string, unknown>): Feature {
  return { type: "Feature", properties: { kind, ...properties }, geometry: { type: "Point", coordinates: [lon, lat] } };
}

function line(kind: string, from: number[], to: number[]): Feature {
  return { type: "Feature", properties: { kind }, geometry: { type: "LineString", coordinates: [from, to] } };
}
