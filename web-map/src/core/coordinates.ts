import { locales, type Language } from "./language";

/** A point in degrees, WGS 84. */
export interface LonLat {
  lon: number;
  lat: number;
}

/** Decimals of a degree shown: a decimetre on the ground. */
const DEGREE_DECIMALS = 6;

/** Degrees without sign and the hemispheres, for a message to put together. */
export interface Hemispheres {
  lat: string;
  lon: string;
  northSouth: "north" | "south";
  eastWest: "east" | "west";
}

export function hemispheres({ lon, lat }: LonLat, language: Language): Hemispheres {
  const degrees = new Intl.NumberFormat(locales(language), {
    minimumFractionDigits: DEGREE_DECIMALS - 1,
    maximumFractionDigits: DEGREE_DECIMALS - 1,
  });
  return {
    lat: degrees.format(Math.abs(lat)),
    lon: degrees.format(Math.abs(lon)),
    northSouth: lat < 0 ? "south" : "north",
    eastWest: lon < 0 ? "west" : "east",
  };
}

/** "latitude, longitude" as other programs read it from the clipboard. */
export function plainDegrees({ lon, lat }: LonLat): string {
  return `${lat.toFixed(DEGREE_DECIMALS)}, ${lon.toFixed(DEGREE_DECIMALS)}`;
}

/** A projected coordinate in metres to the centimetre. */
export function formatMetres(value: number, language: Language): string {
  return new Intl.NumberFormat(locales(language), { minimumFractionDigits: 2, maximumFractionDigits: 2 }).format(value);
}
