import type { Geometry, Position } from "geojson";
import type { Identified, ServedFeature } from "./api";
import { layerById, type Bounds, type Catalogue, type Layer } from "./catalogue";
import type { ObjectReference } from "./permalink";

/** A feature found on the map, with the layer it belongs to. */
export interface Found {
  layer: string;
  feature: ServedFeature;
}

/** Every feature of an answer in the order of the answer. */
export function foundIn({ results }: Identified): Found[] {
  return results.flatMap(({ layer, features }) => features.map((feature) => ({ layer, feature })));
}

export function referenceTo({ layer, feature }: Found): ObjectReference {
  return { layer, id: String(feature.id) };
}

export function sameObject(a: ObjectReference | null, b: ObjectReference | null): boolean {
  return a?.layer === b?.layer && a?.id === b?.id;
}

/**
 * What people call a feature: the value of its layer's label field, in their
 * language if the layer has names by language; "" if it has none.
 */
export function nameOf(found: Found, catalogue: Catalogue, language: string): string {
  const layer = layerById(catalogue, found.layer);
  const { properties } = found.feature;
  for (const field of [`name_${language}`, layer?.label, "name"]) {
    if (!field) continue;
    const value = properties[field];
    if (typeof value === "string" || typeof value === "number") return codeTitle(layer, field, value);
  }
  return "";
}

function codeTitle(layer: Layer | undefined, field: string, value: string | number): string {
  const codes = layer?.fields.find(({ name }) => name === field)?.codes;
  return codes?.[String(value)] ?? String(value);
}

/** The least box around a geometry, or null for an empty one. */
export function boundsOf(geometry: Geometry | null): Bounds | null {
  const box: Bounds = [Infinity, Infinity, -Infinity, -Infinity];
  if (geometry) growBy(box, geometry);
  return box[0] <= box[2] ? box : null;
}

function growBy(box: Bounds, geometry: Geometry): void {
  if (geometry.type === "GeometryCollection") geometry.geometries.forEach((part) => growBy(box, part));
  else growByPositions(box, geometry.coordinates);
}

type Nested = Position | Nested[];

function growByPositions(box: Bounds, coordinates: Nested): void {
  const [x, y] = coordinates;
  if (typeof x === "number" && typeof y === "number") {
    box[0] = Math.min(box[0], x);
    box[1] = Math.min(box[1], y);
    box[2] = Math.max(box[2], x);
    box[3] = Math.max(box[3], y);
    return;
  }
  for (const part of coordinates as Nested[]) growByPositions(box, part);
}
