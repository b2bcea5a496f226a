import type { LayerSpecification, StyleSpecification } from "maplibre-gl";
import { layerOf } from "./style-layer";

/** The group whose layers lie under all others and are not put in another order. */
export const BASE = "base";

/** Ids of the layers of the themes that a style draws, topmost first. */
export function drawnOrder(document: StyleSpecification): string[] {
  const heights = new Map<string, number>();
  document.layers.forEach((layer, height) => {
    const id = orderable(layer);
    // Labels lie above everything, so they say little of their layer's place.
    if (id !== undefined && (layer.type !== "symbol" || !heights.has(id))) heights.set(id, height);
  });
  return [...heights].sort(([, a], [, b]) => b - a).map(([id]) => id);
}

/** Puts the wanted ids into the places that they have in a list, in the wanted order; the others stay. */
export function arranged(ids: readonly string[], wanted: readonly string[]): string[] {
  const present = new Set(ids);
  const moved = wanted.filter((id) => present.has(id));
  const among = new Set(moved);
  let next = 0;
  return ids.map((id) => (among.has(id) ? (moved[next++] ?? id) : id));
}

/** A list with one of its ids moved by so many places, as far as there are any. */
export function moved(ids: readonly string[], id: string, by: number): string[] {
  const from = ids.indexOf(id);
  const to = Math.min(ids.length - 1, Math.max(0, from + by));
  if (from < 0 || to === from) return [...ids];
  const others = ids.filter((other) => other !== id);
  return [...others.slice(0, to), id, ...others.slice(to)];
}

/**
 * Style layers with those of the themes in the wanted order, topmost first.
 * Labels are ordered among labels, so that no area hides another's name.
 */
export function reordered(layers: readonly LayerSpecification[], order: readonly string[]): LayerSpecification[] {
  const height = new Map(order.map((id, place) => [id, -place]));
  const heightOf = (layer: LayerSpecification) => height.get(orderable(layer) ?? "") ?? -Infinity;
  let result = [...layers];
  for (const labels of [false, true]) {
    const places = layers.flatMap((layer, place) =>
      orderable(layer) !== undefined && (layer.type === "symbol") === labels ? place : [],
    );
    const sorted = places.flatMap((place) => layers[place] ?? []).sort((a, b) => heightOf(a) - heightOf(b));
    const at = new Map(places.map((place, i) => [place, sorted[i]]));
    result = result.map((layer, place) => at.get(place) ?? layer);
  }
  return result;
}

function orderable(layer: LayerSpecification): string | undefined {
  return "source" in layer && layer.source !== BASE ? layerOf(layer) : undefined;
}
