import type { Vehicle } from "./fleet";
import type { FleetTracks } from "./live";
import { courseTo } from "./plane";

/** An object at an instant of the past. */
export interface PastPlace {
  id: number;
  name: string;
  lon: number;
  lat: number;
  working: boolean;
  /** Unix seconds of the last fix before. */
  at: number;
  /** Degrees clockwise from north; absent where it stood. */
  course?: number;
}

/** Longer without a fix than this, in seconds, an object is not shown: nobody knows where it was. */
const SILENCE = 600;

/** When somebody was heard first, in Unix seconds; Infinity if nobody was. */
export function firstHeard({ objects }: FleetTracks): number {
  return objects.reduce((first, { times }) => Math.min(first, times[0] ?? Infinity), Infinity);
}

/** Where everybody was at a time (Unix seconds): between two fixes on the straight way from one to the other. */
export function fleetAt({ objects }: FleetTracks, time: number): PastPlace[] {
  return objects.flatMap(({ id, name, times, coordinates, working = [] }) => {
    const next = firstAfter(times, time);
    const from = coordinates[next - 1];
    const begin = times[next - 1];
    if (!from || begin === undefined) return [];
    const to = coordinates[next] ?? from;
    const end = times[next] ?? begin;
    if (Math.max(end, time) - begin > SILENCE) return [];
    const share = end > begin ? (time - begin) / (end - begin) : 0;
    const lon = from[0] + (to[0] - from[0]) * share;
    const lat = from[1] + (to[1] - from[1]) * share;
    const moved = to[0] !== from[0] || to[1] !== from[1];
    const worked = working.some(([start, stop]) => start <= time && time <= stop);
    return [
      {
        id,
        name: name ?? String(id),
        lon,
        lat,
        at: begin,
        working: worked,
        ...(moved && { course: courseTo(from, to) }),
      },
    ];
  });
}

/** An object of a layer at an instant of the past; what does not change is taken from what is known of it now. */
export function vehicleThen(layer: string, past: PastPlace, known?: Vehicle): Vehicle {
  const { id, name, lon, lat, working, at, course } = past;
  return {
    key: `${layer}/${id}`,
    layer,
    id,
    name,
    condition: course === undefined ? "stopped" : working ? "working" : "moving",
    at: at * 1000,
    position: [lon, lat],
    course,
    properties: known?.properties ?? {},
  };
}

/** Index of the first of rising numbers that is greater than one; their count if none is. */
function firstAfter(numbers: readonly number[], limit: number): number {
  let low = 0;
  let high = numbers.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((numbers[middle] ?? 0) > limit) high = middle;
    else low = middle + 1;
  }
  return low;
}
