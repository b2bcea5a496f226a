import type { Geometry } from "geojson";
import type { LayerSpecification, SourceSpecification, StyleSpecification } from "maplibre-gl";
import type { LonLat } from "./coordinates";
import { fadedPaint } from "./opacity";
import { arranged, drawnOrder, reordered } from "./order";
import { layerOf } from "./style-layer";
import type { Overlay } from "./overlay";
import { opacityOf, type Visibility } from "./visibility";

/** What the map draws over its layers: the object a person chose and the point they asked about. */
export interface Highlight {
  geometry: Geometry | null;
  point: LonLat | null;
  /** The points of what is measured, in their order, and whether they are a ring. */
  sketch: { points: readonly LonLat[]; ring: boolean };
}

/** Colours of the highlight, from the design tokens. */
export interface HighlightColours {
  line: string;
  fill: string;
  halo: string;
}

const HIGHLIGHT = "kvartal-highlight";
const POINT = "kvartal-point";
/** The source of what is measured: the map moves its last point with the pointer. */
export const SKETCH = "kvartal-sketch";

/**
 * The style the map shows: the server's document with layers left out and faded
 * as the person wishes, and the highlight on top. It is a function of its
 * arguments alone, so switching a box, a theme or a language is the same
 * thing: compose anew and let MapLibre apply the difference.
 */
export function composeStyle(
  document: StyleSpecification,
  visibility: Visibility,
  highlight: Highlight,
  colours: HighlightColours,
  overlay: Overlay | null = null,
): StyleSpecification {
  const shown = document.layers.filter(
    (layer) => !isHidden(layer, visibility) && !overlay?.instead.has(layerOf(layer) ?? ""),
  );
  const layers = visibility.order.length ? reordered(shown, arranged(drawnOrder(document), visibility.order)) : shown;
  return {
    ...document,
    sources: { ...sourcesOf(layers, document), ...overlaySources(overlay), ...highlightSources(highlight) },
    layers: [
      ...layers.map((layer) => faded(layer, visibility)),
      ...(overlay?.layers ?? []),
      ...highlightLayers(colours),
    ],
  };
}

/** Left out rather than made invisible: what nobody sees is not fetched, parsed or compiled. */
function isHidden(layer: LayerSpecification, visibility: Visibility): boolean {
  const id = layerOf(layer);
  return id !== undefined && visibility.hidden.has(id);
}

/** The sources that the layers draw from. */
function sourcesOf(layers: readonly LayerSpecification[], { sources }: StyleSpecification) {
  const used = new Set(layers.map((layer) => ("source" in layer ? layer.source : undefined)));
  return Object.fromEntries(Object.entries(sources).filter(([id]) => used.has(id)));
}

function faded(layer: LayerSpecification, visibility: Visibility): LayerSpecification {
  const id = layerOf(layer);
  const opacity = id === undefined ? 1 : opacityOf(visibility, id);
  return opacity === 1 ? layer : ({ ...layer, paint: fadedPaint(layer, opacity) } as LayerSpecification);
}

function overlaySources(overlay: Overlay | null): Record<string, SourceSpecification> {
  const sources = [...(overlay?.data ?? [])];
  return Object.fromEntries(sources.map(([id, data]) => [id, { type: "geojson" as const, data }]));
}

function highlightSources({ geometry, point, sketch }: Highlight): Record<string, SourceSpecification> {
  const pointGeometry: Geometry | null = point && { type: "Point", coordinates: [point.lon, point.lat] };
  return { [HIGHLIGHT]: geojson(geometry), [POINT]: geojson(pointGeometry), [SKETCH]: geojson(sketchGeometry(sketch)) };
}

/** A way or a ring through points, and the points themselves. */
export function sketchGeometry({ points, ring }: Highlight["sketch"]): Geometry | null {
  const path = points.map(({ lon, lat }) => [lon, lat]);
  const [first] = path;
  if (!first) return null;
  const closed = ring && path.length > 2;
  const lines: Geometry = closed
    ? { type: "Polygon", coordinates: [[...path, first]] }
    : { type: "LineString", coordinates: path };
  const corners: Geometry = { type: "MultiPoint", coordinates: path };
  return { type: "GeometryCollection", geometries: path.length > 1 ? [lines, corners] : [corners] };
}

function geojson(geometry: Geometry | null): SourceSpecification {
  const features = geometry ? [{ type: "Feature" as const, properties: {}, geometry }] : [];
  return { type: "geojson", data: { type: "FeatureCollection", features } };
}

function highlightLayers({ line, fill, halo }: HighlightColours): LayerSpecification[] {
  const source = HIGHLIGHT;
  const round = { "line-cap": "round", "line-join": "round" } as const;
  const isPoint = ["==", ["geometry-type"], "Point"] as ["==", ["geometry-type"], string];
  return [
    {
      id: `${HIGHLIGHT}-fill`,
      type: "fill",
      source,
      filter: ["==", ["geometry-type"], "Polygon"],
      paint: { "fill-color": fill, "fill-opacity": 0.2 },
    },
    {
      id: `${HIGHLIGHT}-halo`,
      type: "line",
      source,
      layout: round,
      paint: { "line-color": halo, "line-width": 6, "line-opacity": 0.85 },
    },
    { id: `${HIGHLIGHT}-line`, type: "line", source, layout: round, paint: { "line-color": line, "line-width": 3 } },
    {
      id: `${HIGHLIGHT}-circle`,
      type: "circle",
      source,
      filter: isPoint,
      paint: {
        "circle-radius": 10,
        "circle-color": fill,
        "circle-opacity": 0.25,
        "circle-stroke-color": line,
        "circle-stroke-width": 3,
      },
    },
    {
      id: `${SKETCH}-fill`,
      type: "fill",
      source: SKETCH,
      filter: ["==", ["geometry-type"], "Polygon"],
      paint: { "fill-color": fill, "fill-opacity": 0.15 },
    },
    {
      id: `${SKETCH}-halo`,
      type: "line",
      source: SKETCH,
      layout: round,
      paint: { "line-color": halo, "line-width": 5 },
    },
    {
      id: `${SKETCH}-line`,
      type: "line",
      source: SKETCH,
      layout: round,
      paint: { "line-color": line, "line-width": 2.5 },
    },
    {
      id: `${SKETCH}-point`,
      type: "circle",
      source: SKETCH,
      filter: isPoint,
      paint: { "circle-radius": 4, "circle-color": halo, "circle-stroke-color": line, "circle-stroke-width": 2.5 },
    },
    {
      id: POINT,
      type: "circle",
      source: POINT,
      paint: { "circle-radius": 4, "circle-color": line, "circle-stroke-color": halo, "circle-stroke-width": 2 },
    },
  ];
}
