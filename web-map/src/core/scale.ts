/** Earth's circumference at the equator in metres (WGS 84). */
const EQUATOR = 40_075_016.686;
/** Pixels of the whole world at zoom 0. */
const WORLD = 512;
/** Metres of a screen pixel by convention (OGC Symbology Encoding 1.1, 10.2). */
const PIXEL = 0.00028;

/** Metres on the ground per layout pixel in Web Mercator. */
export function metresPerPixel(lat: number, zoom: number): number {
  return (EQUATOR * Math.cos((lat * Math.PI) / 180)) / (WORLD * 2 ** zoom);
}

/** N of the scale 1:N, to two significant digits. */
export function scaleDenominator(lat: number, zoom: number): number {
  return Number((metresPerPixel(lat, zoom) / PIXEL).toPrecision(2));
}

/** A length that is a round number of metres (1, 2 or 5 times a power of ten) and at most `room` pixels. */
export function scaleBar(metresPerPixel: number, room: number): { metres: number; pixels: number } {
  const most = metresPerPixel * room;
  const power = 10 ** Math.floor(Math.log10(most));
  const digit = [5, 2].find((step) => step * power <= most) ?? 1;
  return { metres: digit * power, pixels: (digit * power) / metresPerPixel };
}
