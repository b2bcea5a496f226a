import type { Catalogue, Group } from "./catalogue";

/** What of the catalogue the map shows, and how strongly. Values are never changed in place. */
export interface Visibility {
  readonly hidden: ReadonlySet<string>;
  /** Opacity by layer id, in (0, 1); layers not named are opaque. */
  readonly opacity: ReadonlyMap<string, number>;
  /** Ids of layers whose order the person has changed, topmost first; empty for the style's own order. */
  readonly order: readonly string[];
}

export const EVERYTHING: Visibility = { hidden: new Set(), opacity: new Map(), order: [] };

/** State of a group's box. */
export type GroupState = "all" | "some" | "none";

/** What the catalogue itself wants shown. */
export function initialVisibility(catalogue: Catalogue): Visibility {
  const hidden = catalogue.layers.filter((layer) => layer.shown === false).map((layer) => layer.id);
  return { ...EVERYTHING, hidden: new Set(hidden) };
}

export function groupState(visibility: Visibility, group: Group): GroupState {
  const hidden = group.layers.filter((id) => visibility.hidden.has(id)).length;
  if (hidden === 0) return "all";
  return hidden === group.layers.length ? "none" : "some";
}

/** Shows or hides layers. */
export function show(visibility: Visibility, layers: readonly string[], shown: boolean): Visibility {
  const hidden = new Set(visibility.hidden);
  for (const id of layers) {
    if (shown) hidden.delete(id);
    else hidden.add(id);
  }
  return { ...visibility, hidden };
}

/** Sets a layer's opacity, rounded to hundredths and never quite 0: that is what hiding is for. */
export function fadeLayer(visibility: Visibility, layer: string, opacity: number): Visibility {
  const rounded = Math.round(Math.min(1, Math.max(0.05, opacity)) * 100) / 100;
  const all = new Map(visibility.opacity);
  if (rounded === 1) all.delete(layer);
  else all.set(layer, rounded);
  return { ...visibility, opacity: all };
}

export function opacityOf(visibility: Visibility, layer: string): number {
  return visibility.opacity.get(layer) ?? 1;
}

/** Ids of the layers that a click asks at this zoom: shown, in their zooms, and open to it. */
export function identifiable(catalogue: Catalogue, visibility: Visibility, zoom: number): string[] {
  return catalogue.layers
    .filter((layer) => layer.actions.includes("identify") && layer.geometry !== "none")
    .filter((layer) => !visibility.hidden.has(layer.id) && zoom >= layer.minZoom)
    .map((layer) => layer.id);
}

/** Visibility as differences from what the catalogue wants, short enough for an address. */
export interface VisibilityChanges {
  /** Layers and groups switched on. */
  on: string[];
  /** Layers and groups switched off. */
  off: string[];
  opacity: Record<string, number>;
  /** Layers in an order of the person's own, topmost first. */
  order: readonly string[];
}

export const NO_CHANGES: VisibilityChanges = { on: [], off: [], opacity: {}, order: [] };

export function changesOf(catalogue: Catalogue, visibility: Visibility): VisibilityChanges {
  const before = initialVisibility(catalogue).hidden;
  const after = visibility.hidden;
  return {
    on: withGroups(catalogue, (id) => before.has(id) && !after.has(id)),
    off: withGroups(catalogue, (id) => !before.has(id) && after.has(id)),
    opacity: Object.fromEntries(visibility.opacity),
    order: visibility.order,
  };
}

/** The inverse of changesOf. Names that the catalogue does not have are passed over. */
export function applyChanges(catalogue: Catalogue, changes: VisibilityChanges): Visibility {
  const known = new Set(catalogue.layers.map(({ id }) => id));
  const order = [...new Set(changes.order)].filter((id) => known.has(id));
  let visibility: Visibility = { ...initialVisibility(catalogue), order };
  visibility = show(visibility, withoutGroups(catalogue, changes.off), false);
  visibility = show(visibility, withoutGroups(catalogue, changes.on), true);
  for (const [id, opacity] of Object.entries(changes.opacity)) {
    if (known.has(id)) visibility = fadeLayer(visibility, id, opacity);
  }
  return visibility;
}

/** The layers that pass, a group's id standing for all of its layers. */
function withGroups(catalogue: Catalogue, passes: (id: string) => boolean): string[] {
  return catalogue.groups.flatMap((group) => {
    const passing = group.layers.filter(passes);
    return passing.length > 1 && passing.length === group.layers.length ? [group.id] : passing;
  });
}

function withoutGroups(catalogue: Catalogue, names: readonly string[]): string[] {
  const known = new Set(catalogue.layers.map((layer) => layer.id));
  return names
    .flatMap((name) => catalogue.groups.find((group) => group.id === name)?.layers ?? name)
    .filter((id) => known.has(id));
}
