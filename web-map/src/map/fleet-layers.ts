import type { ExpressionSpecification, LayerSpecification } from "maplibre-gl";
import { SPEED_CLASSES } from "../core/track";

export const FLEET = "kvartal-fleet";
export const TRACK = "kvartal-track";

/** Names an icon of the fleet; `drawMark` draws it. */
export const MARK = "kvartal-mark-";

/** The colour of a part of a track, from design tokens: by its action, or by the number of its class of speed. */
function tones(token: (name: string) => string): ExpressionSpecification {
  const speeds = [...SPEED_CLASSES, Infinity].flatMap((_, i) => [String(i), token(`--map-speed-${i}`)]);
  return [
    "match",
    ["get", "tone"],
    "working",
    token("--map-working"),
    "transit",
    token("--map-moving"),
    ...speeds,
    token("--map-stopped"),
  ] as unknown as ExpressionSpecification;
}

/** The track of one object under all objects, in the colours of a theme: its icons have names of their own. */
export function fleetLayers(element: Element, theme: string): LayerSpecification[] {
  const style = getComputedStyle(element);
  const token = (name: string) => style.getPropertyValue(name).trim();
  const kind = (name: string): ExpressionSpecification => ["==", ["get", "kind"], name];
  const round = { "line-cap": "round", "line-join": "round" } as const;
  return [
    {
      id: `${TRACK}-halo`,
      type: "line",
      source: TRACK,
      filter: kind("way"),
      layout: round,
      paint: { "line-color": token("--map-halo"), "line-width": 7, "line-opacity": 0.9 },
    },
    {
      id: `${TRACK}-way`,
      type: "line",
      source: TRACK,
      filter: kind("way"),
      layout: round,
      paint: { "line-color": tones(token), "line-width": 4 },
    },
    {
      id: `${TRACK}-gap`,
      type: "line",
      source: TRACK,
      filter: kind("gap"),
      paint: { "line-color": token("--map-lost"), "line-width": 2.5, "line-dasharray": [2, 2] },
    },
    {
      id: `${TRACK}-stop`,
      type: "circle",
      source: TRACK,
      filter: kind("stop"),
      paint: {
        "circle-radius": 6,
        "circle-color": ["case", ["get", "idling"], token("--map-idle"), token("--map-stopped")],
        "circle-stroke-color": token("--map-halo"),
        "circle-stroke-width": 2,
      },
    },
    {
      id: `${FLEET}-guess`,
      type: "line",
      source: FLEET,
      filter: kind("guess"),
      paint: { "line-color": token("--map-highlight"), "line-width": 2.5, "line-dasharray": [0.5, 1.5] },
    },
    {
      id: `${FLEET}-chosen`,
      type: "circle",
      source: FLEET,
      filter: ["==", ["get", "chosen"], true],
      paint: {
        "circle-radius": 18,
        "circle-color": token("--map-highlight"),
        "circle-opacity": 0.2,
        "circle-stroke-color": token("--map-highlight"),
        "circle-stroke-width": 3,
      },
    },
    {
      id: `${FLEET}-mark`,
      type: "symbol",
      source: FLEET,
      filter: kind("vehicle"),
      layout: {
        "icon-image": ["concat", MARK, ["get", "mark"], `-${theme}`],
        "icon-size": ["interpolate", ["linear"], ["zoom"], 10, 0.55, 14, 1],
        "icon-rotate": ["get", "turn"],
        "icon-rotation-alignment": "map",
        "icon-allow-overlap": true,
        "icon-ignore-placement": true,
      },
      paint: { "icon-opacity": ["case", ["get", "guessed"], 0.7, 1] },
    },
    {
      id: `${FLEET}-name`,
      type: "symbol",
      source: FLEET,
      filter: kind("vehicle"),
      minzoom: 14,
      layout: {
        "text-field": ["get", "name"],
        "text-font": ["Noto Sans Bold"],
        "text-size": 11,
        "text-anchor": "top",
        "text-offset": [0, 1.1],
      },
      paint: {
        "text-color": token("--map-label"),
        "text-halo-color": token("--map-halo"),
        "text-halo-width": 1.5,
      },
    },
  ];
}
