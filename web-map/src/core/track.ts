import type { Feature, FeatureCollection } from "geojson";
import type { Bounds } from "./catalogue";
import { boundsOf } from "./found";
import type { Track } from "./live";

/** What the colours of a track tell. */
export type TrackColouring = "action" | "speed";

/** Upper ends of the classes of speed, in km/h; the last class has none. */
export const SPEED_CLASSES = [10, 20, 40, 60] as const;

/** A track as the map draws it: stretches of one colour, gaps, stops. `tone` is an action or the number of a class. */
export function drawnTrack({ features }: Pick<Track, "features">, colouring: TrackColouring): FeatureCollection {
  return {
    type: "FeatureCollection",
    features: features.flatMap((part): Feature[] => {
      const { properties } = part;
      if (properties.kind !== "way") return [part];
      const drawn = { kind: properties.kind, tone: properties.action as string };
      if (colouring === "action") return [{ ...part, properties: drawn }];
      return bySpeed(part.geometry.coordinates as number[][], properties.speeds);
    }),
  };
}

/** A part of a track in which the object did not go on, or nobody knows how it did. */
export interface Pause {
  kind: "stop" | "idling" | "gap";
  /** Milliseconds of the epoch. */
  from: number;
  to: number;
  /** Longitude and latitude where it began. */
  place: readonly [number, number];
}

/** The pauses of a track in the order of time. */
export function pausesOf({ features }: Pick<Track, "features">): Pause[] {
  return features
    .flatMap(({ properties, geometry }): Pause[] => {
      if (properties.kind === "way") return [];
      const [lon = 0, lat = 0] = geometry.type === "Point" ? geometry.coordinates : (geometry.coordinates[0] ?? []);
      const kind = properties.kind === "stop" && properties.idling ? "idling" : properties.kind;
      return [{ kind, from: Date.parse(properties.from), to: Date.parse(properties.to), place: [lon, lat] }];
    })
    .sort((a, b) => a.from - b.from);
}

/** The least box around a track; null for an empty one. */
export function trackBounds({ features }: Pick<Track, "features">): Bounds | null {
  return boundsOf({ type: "GeometryCollection", geometries: features.map(({ geometry }) => geometry) });
}

/** Cuts a way where its class of speed changes; each stretch has the speed at its end. */
function bySpeed(path: readonly number[][], speeds: readonly number[]): Feature[] {
  const stretches: { tone: string; coordinates: number[][] }[] = [];
  for (let i = 1; i < path.length; i++) {
    const tone = String(speedClass(speeds[i] ?? 0));
    const last = stretches.at(-1);
    if (last?.tone === tone) last.coordinates.push(path[i] ?? []);
    else stretches.push({ tone, coordinates: [path[i - 1] ?? [], path[i] ?? []] });
  }
  return stretches.map(({ tone, coordinates }) => ({
    type: "Feature",
    properties: { kind: "way", tone },
    geometry: { type: "LineString", coordinates },
  }));
}

export function speedClass(speed: number): number {
  const place = SPEED_CLASSES.findIndex((end) => speed < end);
  return place < 0 ? SPEED_CLASSES.length : place;
}
