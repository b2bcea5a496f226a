import type { LiveFeature, LiveProperties } from "./live";
import { courseTo, DEGREE, distance } from "./plane";

/** What an object does: worked out from what it tells, so that one word, shape and colour says it. */
export const CONDITIONS = ["working", "moving", "idle", "stopped", "heard", "stale", "lost"] as const;
export type Condition = (typeof CONDITIONS)[number];

/** An object of some live layer. */
export interface Vehicle {
  /** Unique over all layers. */
  key: string;
  layer: string;
  id: number;
  name: string;
  condition: Condition;
  /** Milliseconds of the epoch at which it was where it was last known to be; null if it told no time. */
  at: number | null;
  /** Longitude and latitude; null if it never told a place. */
  position: readonly [number, number] | null;
  /** km/h. */
  speed?: number | undefined;
  /** Degrees clockwise from north. */
  course?: number | undefined;
  properties: LiveProperties;
}

/** Slower than this, in km/h, a receiver only trembles. */
const STANDING = 3;

/** What tells no speed, as a sensor on a wall, is heard, and no more is known of it. */
export function conditionOf({ state, blade, spreader, brush, speed, ignition }: LiveProperties): Condition {
  if (state === "lost" || state === "stale") return state;
  if (speed === undefined) return "heard";
  if (speed >= STANDING) return blade || spreader || brush ? "working" : "moving";
  return ignition ? "idle" : "stopped";
}

export function vehicleOf(layer: string, { id, geometry, properties }: LiveFeature): Vehicle {
  const at = Date.parse(properties.at ?? "");
  const [lon, lat] = geometry?.coordinates ?? [];
  return {
    key: `${layer}/${id}`,
    layer,
    id,
    name: properties.name ?? String(id),
    condition: conditionOf(properties),
    at: Number.isNaN(at) ? null : at,
    position: lon === undefined || lat === undefined ? null : [lon, lat],
    speed: properties.speed,
    course: properties.course,
    properties,
  };
}

/** Nearer to where it was than this, in metres, an object has not moved. */
const TREMBLING = 20;

/**
 * An object with the speed and course that it did not tell, as its way since it was heard before says: many feeds tell
 * places alone. What never moved, as a sensor on a wall, has neither.
 */
export function inferred(now: Vehicle, before: Vehicle | undefined): Vehicle {
  const { position, at, properties } = now;
  if (!before?.position || !position || !at || !before.at) return now;
  if (properties.speed !== undefined && properties.course !== undefined) return now;
  let { speed, course } = before;
  if (at > before.at) {
    const way = distance(before.position, position);
    if (way > TREMBLING) [speed, course] = [(way / (at - before.at)) * 3600, courseTo(before.position, position)];
    else if (speed !== undefined) speed = 0;
  }
  speed = properties.speed ?? speed;
  return { ...now, speed, course: properties.course ?? course, condition: conditionOf({ ...properties, speed }) };
}

/** Where an object is drawn, and whether that is a guess from its speed and course. */
export interface Place {
  lon: number;
  lat: number;
  guessed: boolean;
}

/** For so long, in milliseconds, an object is thought to go on as it went. */
const GUESSING = 15_000;

/** Where an object is now, given that it goes on as at its last fix; it stops where the guess would grow wild. */
export function placeAt({ position, at, condition, speed = 0, course }: Vehicle, now: number): Place | null {
  if (!position) return null;
  const [lon, lat] = position;
  const goes = condition === "working" || condition === "moving";
  if (!goes || course === undefined || at === null || now <= at) return { lon, lat, guessed: false };
  const metres = (speed / 3.6) * (Math.min(now - at, GUESSING) / 1000);
  const angle = (course * Math.PI) / 180;
  return {
    lon: lon + (metres * Math.sin(angle)) / (DEGREE * Math.cos((lat * Math.PI) / 180)),
    lat: lat + (metres * Math.cos(angle)) / DEGREE,
    guessed: true,
  };
}

/** Which objects are on show; "" stands for all. */
export interface FleetFilter {
  text: string;
  class: string;
  condition: Condition | "";
  contractor: string;
}

export const WHOLE_FLEET: FleetFilter = { text: "", class: "", condition: "", contractor: "" };

/** Whether an object passes; the text is looked for in its name, number plate and unit. */
export function passes({ name, condition, properties }: Vehicle, filter: FleetFilter): boolean {
  const { plate = "", unit = "" } = properties;
  const text = filter.text.trim().toLocaleLowerCase();
  return (
    (!filter.condition || condition === filter.condition) &&
    (!filter.class || properties.class === filter.class) &&
    (!filter.contractor || properties.contractor === filter.contractor) &&
    (!text || `${name} ${plate} ${unit}`.toLocaleLowerCase().includes(text))
  );
}

/** The objects of some layers as the server's events tell of them. */
export class Fleet {
  readonly #vehicles = new Map<string, Vehicle>();

  get all(): IterableIterator<Vehicle> {
    return this.#vehicles.values();
  }

  get(key: string): Vehicle | undefined {
    return this.#vehicles.get(key);
  }

  /** All there is of a layer: what was known of it and is not among them is gone. */
  replace(layer: string, features: readonly LiveFeature[]): void {
    this.leave(layer);
    this.update(layer, features);
  }

  update(layer: string, features: readonly LiveFeature[]): void {
    for (const feature of features) {
      const vehicle = vehicleOf(layer, feature);
      this.#vehicles.set(vehicle.key, inferred(vehicle, this.#vehicles.get(vehicle.key)));
    }
  }

  remove(layer: string, ids: readonly number[]): void {
    for (const id of ids) this.#vehicles.delete(`${layer}/${id}`);
  }

  /** Forgets a layer. */
  leave(layer: string): void {
    for (const { key, layer: other } of this.#vehicles.values()) if (other === layer) this.#vehicles.delete(key);
  }
}
