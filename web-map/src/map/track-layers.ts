import type { ExpressionSpecification, LayerSpecification } from "maplibre-gl";
import { SPEED_CLASSES } from "../core/track";

export const TRACK = "kvartal-track";

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

/** The track of one object, in the colours of the present theme. */
export function trackLayers(element: Element): LayerSpecification[] {
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
  ];
}
