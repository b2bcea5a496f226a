import type { GeoJSON } from "geojson";
import { LEVELS, OTHERS, type Area, type GrantableLayer, type GrantForm, type Level } from "./admin";
import type { LonLat } from "./coordinates";

/** What somebody who begins to give a right most likely wants: to look at all of a layer. */
export function freshGrant(layer: string): GrantForm {
  return {
    layer,
    actions: ["see", "identify", "query"],
    attributes: { [OTHERS]: "readable" },
    filter: "",
    area: null,
    personal: false,
  };
}

/** What the server takes: attributes that the layer has, and those only whose level was said. */
export function cleaned(form: GrantForm, layer: GrantableLayer): GrantForm {
  const known = new Set([OTHERS, ...layer.attributes.map(({ name }) => name)]);
  const attributes = Object.fromEntries(Object.entries(form.attributes).filter(([name]) => known.has(name)));
  return { ...form, attributes, filter: form.filter.trim(), area: layer.geometry ? form.area : null };
}

/** The level of an attribute, said or not. */
export function levelOf(form: GrantForm, attribute: GrantableLayer["attributes"][number]): Level {
  return form.attributes[attribute.name] ?? (attribute.personal ? "hidden" : (form.attributes[OTHERS] ?? "hidden"));
}

/** Whether a right lets anything of personal data be seen. */
export function givesPersonalData(form: GrantForm, layer: GrantableLayer): boolean {
  return layer.attributes.some((attribute) => attribute.personal && levelOf(form, attribute) !== "hidden");
}

/** How many attributes of a layer have each level, those without any left out. */
export function countLevels(form: GrantForm, layer: GrantableLayer): { level: Level; count: number }[] {
  return LEVELS.map((level) => ({
    level,
    count: layer.attributes.filter((attribute) => levelOf(form, attribute) === level).length,
  })).filter(({ count }) => count > 0);
}

/** A ring drawn on the map as a polygon; null if it encloses nothing. */
export function areaOf(points: readonly LonLat[]): Area | null {
  const [first] = points;
  if (!first || points.length < 3) return null;
  const ring = [...points, first].map(({ lon, lat }) => [lon, lat]);
  return { type: "Polygon", coordinates: [ring] };
}

/** How many corners the rings of an area have. */
export function cornersOf(area: Area): number {
  const rings = area.type === "Polygon" ? area.coordinates : area.coordinates.flat();
  return rings.reduce((sum, ring) => sum + ring.length - 1, 0);
}

/** Reads GeoJSON (RFC 7946) that somebody pasted: polygons, alone or as features. Null if it is none. */
export function parseArea(text: string): Area | null {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return null;
  }
  const polygons = polygonsOf(parsed as GeoJSON | null);
  const [only] = polygons;
  if (!only || !polygons.every(isPolygon)) return null;
  return polygons.length === 1
    ? { type: "Polygon", coordinates: only }
    : { type: "MultiPolygon", coordinates: polygons };
}

function polygonsOf(value: GeoJSON | null): Area["coordinates"][] & number[][][][] {
  switch (value?.type) {
    case "FeatureCollection":
      return value.features.flatMap(polygonsOf);
    case "Feature":
      return polygonsOf(value.geometry);
    case "Polygon":
      return [value.coordinates];
    case "MultiPolygon":
      return value.coordinates;
    default:
      return [];
  }
}

function isPolygon(rings: unknown): boolean {
  return (
    Array.isArray(rings) &&
    rings.length > 0 &&
    rings.every(
      (ring) =>
        Array.isArray(ring) &&
        ring.length >= 4 &&
        ring.every((at) => Array.isArray(at) && Number.isFinite(at[0]) && Number.isFinite(at[1])),
    )
  );
}

/**
 * Where in the text of a filter the server found its fault: a place counted in
 * characters from 0, or null if it named none.
 */
export function faultPlace(filter: string, detail: string): number | null {
  const named = /(?:line (\d+), )?column (\d+)/.exec(detail);
  if (!named) return null;
  const lines = filter.split("\n");
  const line = Number(named[1] ?? 1) - 1;
  const before = lines.slice(0, line).reduce((sum, { length }) => sum + length + 1, 0);
  // Columns count characters, places in a string UTF-16 units.
  const column = Array.from(lines[line] ?? "")
    .slice(0, Number(named[2]) - 1)
    .join("").length;
  return Math.min(filter.length, before + column);
}
