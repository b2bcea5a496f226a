import geographiclib from "geographiclib-geodesic";
import type { LonLat } from "./coordinates";

// Geodesics of the ellipsoid of WGS 84 (C. F. F. Karney, "Algorithms for
// geodesics", 2013), exact to nanometres: no projection distorts them.
const ellipsoid = geographiclib.Geodesic.WGS84;

/** Lengths in metres of the stretches between one point and the next. */
export function stretches(points: readonly LonLat[]): number[] {
  return points.slice(1).map((to, i) => {
    const from = points[i] ?? to;
    return ellipsoid.Inverse(from.lat, from.lon, to.lat, to.lon).s12 ?? 0;
  });
}

/** Area in square metres inside a ring of points, and its perimeter in metres. The ring need not be closed. */
export function enclosed(points: readonly LonLat[]): { area: number; perimeter: number } {
  const polygon = ellipsoid.Polygon(false);
  for (const { lat, lon } of points) polygon.AddPoint(lat, lon);
  const { area = 0, perimeter } = polygon.Compute(false, true);
  return { area: Math.abs(area), perimeter };
}
