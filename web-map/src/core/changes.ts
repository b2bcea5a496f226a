import type { StyleSpecification } from "maplibre-gl";
import type { Bounds } from "./catalogue";
import { layerOf } from "./style-layer";

/** Where layers have changed: areas in degrees by layer. Null: anything may have. */
export type Changes = ReadonlyMap<string, readonly Bounds[]> | null;

/** Reads the data of a server's event "change"; nothing if it is not as expected. */
export function parseChanges(data: string): Changes | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(data);
  } catch {
    return undefined;
  }
  const layers = (parsed as { layers?: unknown } | null)?.layers;
  if (typeof layers !== "object" || layers === null) return undefined;
  const entries = Object.entries(layers);
  return entries.every(([, areas]) => Array.isArray(areas) && areas.every(isBounds))
    ? new Map(entries as [string, Bounds[]][])
    : undefined;
}

function isBounds(value: unknown): value is Bounds {
  return Array.isArray(value) && value.length === 4 && value.every((part) => Number.isFinite(part));
}

/** The source of each layer that the style draws. */
export function sourcesByLayer(style: StyleSpecification): Map<string, string> {
  const sources = new Map<string, string>();
  for (const layer of style.layers) {
    const id = layerOf(layer);
    if (id !== undefined && "source" in layer && typeof layer.source === "string") sources.set(id, layer.source);
  }
  return sources;
}

/**
 * What has changed and has not been fetched since, by source of the map. A map
 * fetches a source anew when a change lies in view, now or after it has moved.
 */
export class Outdated {
  readonly #areas = new Map<string, Bounds[]>();

  /** Notes changes of layers that the map draws from the given sources. */
  add(changes: Changes, sources: ReadonlyMap<string, string>): void {
    if (!changes) {
      for (const source of sources.values()) this.#areas.set(source, [EVERYWHERE]);
      return;
    }
    for (const [layer, areas] of changes) {
      const source = sources.get(layer);
      if (source === undefined) continue;
      const all = [...(this.#areas.get(source) ?? []), ...areas];
      this.#areas.set(source, all.length > MOST_AREAS ? [EVERYWHERE] : all);
    }
  }

  /** The sources to fetch anew for this view, which are then up to date. */
  take(view: Bounds): string[] {
    const due = [...this.#areas]
      .filter(([, areas]) => areas.some((area) => meet(area, view)))
      .map(([source]) => source);
    for (const source of due) this.#areas.delete(source);
    return due;
  }
}

const EVERYWHERE: Bounds = [-180, -90, 180, 90];

/** Areas kept for a source; more than that is taken for everywhere. */
const MOST_AREAS = 1000;

function meet([west, south, east, north]: Bounds, view: Bounds): boolean {
  return west <= view[2] && east >= view[0] && south <= view[3] && north >= view[1];
}
