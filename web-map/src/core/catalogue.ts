/**
 * What the server tells of its layers (/catalogue.json), in one language and
 * only as far as the person may see it.
 */
export interface Catalogue {
  languages: string[];
  city: City;
  groups: Group[];
  layers: Layer[];
}

export interface City {
  title: string;
  /** Longitude and latitude in degrees. */
  center: [number, number];
  zoom: number;
  bounds: Bounds;
  crs: Crs;
}

/** West, south, east, north in degrees. */
export type Bounds = [number, number, number, number];

/** The city's own coordinate reference system. */
export interface Crs {
  srid: number;
  title: string;
}

export interface Group {
  id: string;
  title: string;
  /** Ids of its layers in the order of the tree. */
  layers: string[];
}

export interface Layer {
  id: string;
  title: string;
  description?: string;
  group: string;
  geometry: string;
  minZoom: number;
  maxZoom: number;
  /** The field that names a feature to people. */
  label: string | null;
  attribution?: string;
  bounds: Bounds | null;
  actions: string[];
  fields: Field[];
  /** Whether its attribute table may be read; false if absent. */
  table?: boolean;
  /** Whether its features lead to those of other layers; false if absent. */
  links?: boolean;
  /** Whether its objects move and are told of as they do; false if absent. */
  live?: boolean;
  /** Whether the map shows it before anybody says otherwise; true if absent. */
  shown?: boolean;
}

export interface Field {
  name: string;
  type: "text" | "integer" | "number" | "decimal" | "boolean" | "date" | "timestamp";
  title: string;
  /** UCUM. */
  unit?: string;
  /** Title of each value of the codelist. */
  codes?: Record<string, string>;
}

export function layerById(catalogue: Catalogue, id: string): Layer | undefined {
  return catalogue.layers.find((layer) => layer.id === id);
}

/** The layers of a group in the order of the tree. */
export function layersOf(catalogue: Catalogue, group: Group): Layer[] {
  return group.layers.flatMap((id) => layerById(catalogue, id) ?? []);
}

/** Those of them that a map can show; others are registers without geometry. */
export function drawnLayersOf(catalogue: Catalogue, group: Group): Layer[] {
  return layersOf(catalogue, group).filter(({ geometry }) => geometry !== "none");
}

/** Those whom the map must name for these layers, each once. */
export function attributions(layers: readonly Layer[]): string[] {
  return [...new Set(layers.flatMap((layer) => layer.attribution ?? []))];
}

/** Ids of the layers whose objects move. */
export function liveLayers(catalogue: Catalogue | null): string[] {
  return (catalogue?.layers ?? []).filter(({ live }) => live).map(({ id }) => id);
}
