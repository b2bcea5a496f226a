import type { Feature, FeatureCollection } from "geojson";
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
