import type { Condition, Place, Vehicle } from "./fleet";
import type { UnknownDevice } from "./live";

/** What the map draws of an object that moves, or of a device that nobody knows. */
export interface FleetMark {
  /** Of the object that a touch chooses; null if there is nothing to choose. */
  key: string | null;
  name: string;
  shape: Condition | "unknown";
  lon: number;
  lat: number;
  /** Where its front points, degrees clockwise from north; null if it has none: it stands upright however the map is turned. */
  turn: number | null;
  /** Whether the place is a guess. */
  guessed: boolean;
  chosen: boolean;
  /** Where it was heard last, if it is chosen and drawn elsewhere. */
  heard: readonly [number, number] | null;
}

export function markOf(vehicle: Vehicle, { lon, lat, guessed }: Place, chosen: boolean): FleetMark {
  const { key, name, condition, course = null, position } = vehicle;
  const turn = condition === "working" || condition === "moving" ? course : null;
  return { key, name, shape: condition, lon, lat, turn, guessed, chosen, heard: chosen && guessed ? position : null };
}

/** What is drawn of a device that no register has: nothing if it told no place. */
export function unknownMarks({ device, lon, lat }: UnknownDevice): FleetMark[] {
  if (lon === undefined || lat === undefined) return [];
  const still = { turn: null, guessed: false, chosen: false, heard: null };
  return [{ key: null, name: device, shape: "unknown", lon, lat, ...still }];
}
