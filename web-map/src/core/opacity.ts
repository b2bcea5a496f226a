import type { LayerSpecification } from "maplibre-gl";

/** Paint properties that make a style layer fainter, by its type. */
const OPACITIES: Record<LayerSpecification["type"], readonly string[]> = {
  background: ["background-opacity"],
  circle: ["circle-opacity", "circle-stroke-opacity"],
  "color-relief": ["color-relief-opacity"],
  fill: ["fill-opacity"],
  "fill-extrusion": ["fill-extrusion-opacity"],
  heatmap: ["heatmap-opacity"],
  hillshade: ["hillshade-exaggeration"],
  line: ["line-opacity"],
  raster: ["raster-opacity"],
  symbol: ["icon-opacity", "text-opacity"],
};

/** The paint of a style layer at a factor (0 to 1) of its own opacity. */
export function fadedPaint(layer: LayerSpecification, factor: number): LayerSpecification["paint"] {
  const paint: Record<string, unknown> = { ...layer.paint };
  for (const property of OPACITIES[layer.type]) paint[property] = faded(paint[property] ?? 1, factor);
  return paint;
}

/**
 * An opacity times a factor. A zoom curve must stay the outermost expression
 * (MapLibre Style Specification, "zoom"), so its outputs are multiplied instead.
 */
export function faded(opacity: unknown, factor: number): unknown {
  if (typeof opacity === "number") return opacity * factor;
  if (!Array.isArray(opacity)) return opacity;
  const [operator, ...rest] = opacity as [string, ...unknown[]];
  if (operator === "interpolate") return [operator, ...rest.slice(0, 2), ...everySecond(rest.slice(2), factor)];
  if (operator === "step") return [operator, rest[0], faded(rest[1], factor), ...everySecond(rest.slice(2), factor)];
  return ["*", opacity, factor];
}

/** Fades the outputs of stop, output, stop, output … */
function everySecond(stops: unknown[], factor: number): unknown[] {
  return stops.map((value, i) => (i % 2 ? faded(value, factor) : value));
}
