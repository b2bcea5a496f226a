import { metresPerPixel } from "./scale";

/** Sheets of paper (ISO 216). */
export const FORMATS = ["A4", "A3"] as const;
export type Format = (typeof FORMATS)[number];

export const ORIENTATIONS = ["portrait", "landscape"] as const;
export type Orientation = (typeof ORIENTATIONS)[number];

/** Scales of plans and maps as they are drawn, by their denominators. */
export const SCALES = [500, 1000, 2000, 5000, 10_000, 25_000, 50_000] as const;

const SHORT_SIDES: Record<Format, number> = { A4: 210, A3: 297 };
const LONG_SIDES: Record<Format, number> = { A4: 297, A3: 420 };

/** Width and height in millimetres. */
export function paperSize(format: Format, orientation: Orientation): { width: number; height: number } {
  const [short, long] = [SHORT_SIDES[format], LONG_SIDES[format]];
  return orientation === "portrait" ? { width: short, height: long } : { width: long, height: short };
}

/** Metres of a CSS pixel on paper: an inch has 96 (CSS Values 4, 6.2). */
const PIXEL = 0.0254 / 96;

/** Zoom at which a map on paper has the scale 1:denominator at a latitude. */
export function zoomOfScale(denominator: number, lat: number): number {
  return Math.log2(metresPerPixel(lat, 0) / (denominator * PIXEL));
}

/** The inverse of zoomOfScale. */
export function scaleOnPaper(zoom: number, lat: number): number {
  return metresPerPixel(lat, zoom) / PIXEL;
}

/** Printers draw no finer than this many pixels to the CSS pixel: 300 dots to the inch. */
const FINEST = 300 / 96;
/** The widest canvas that every browser draws with WebGL, in pixels. */
const WIDEST = 4096;

/** How many pixels a CSS pixel of a map on paper has. */
export function printRatio(width: number, height: number): number {
  return Math.min(FINEST, WIDEST / Math.max(width, height, 1));
}
