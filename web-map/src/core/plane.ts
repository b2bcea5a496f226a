// Directions and distances between places a few kilometres apart at most, as on a plane.

type LonLat = readonly [number, number];

/** Metres of one degree of latitude. */
export const DEGREE = 111_195;

/** Metres that a place lies east and north of another. */
function offset([lon, lat]: LonLat, [toLon, toLat]: LonLat): [number, number] {
  return [(toLon - lon) * Math.cos((lat * Math.PI) / 180) * DEGREE, (toLat - lat) * DEGREE];
}

/** Course from one place to another, degrees clockwise from north. */
export function courseTo(from: LonLat, to: LonLat): number {
  const [east, north] = offset(from, to);
  return ((Math.atan2(east, north) * 180) / Math.PI + 360) % 360;
}

/** Metres from one place to another. */
export function distance(from: LonLat, to: LonLat): number {
  return Math.hypot(...offset(from, to));
}
