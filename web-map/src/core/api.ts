import type { Feature, Geometry } from "geojson";
import type { StyleSpecification } from "maplibre-gl";
import type { Bounds, Catalogue, Crs } from "./catalogue";
import type { LonLat } from "./coordinates";
import { Http, type Query } from "./http";
import type { Language } from "./language";
import type { Legends } from "./legend";
import type { Theme } from "./theme";

/** A feature as the server hands it out; geometry in longitude and latitude. */
export type ServedFeature = Feature<Geometry, Record<string, unknown>> & { id: string | number };

/** Everything at one point: results by layer, and the layers that could not be asked. */
export interface Identified {
  results: { layer: string; features: ServedFeature[] }[];
  errors: { layer: string; title: string }[];
}

/** A point in the city's CRS. */
export interface Projected extends Crs {
  x: number;
  y: number;
}

/** One answer to a search: a feature, or a place given by its coordinates. */
export type SearchResult = {
  title: string;
  subtitle: string;
  /** Longitude and latitude in degrees. */
  point: [number, number] | null;
  bbox: Bounds | null;
} & ({ kind: "feature"; layer: string; id: string | number } | { kind: "coordinates" });

export interface Searched {
  results: SearchResult[];
  errors: { layer: string; title: string }[];
}

export interface SearchQuery {
  text: string;
  language: Language;
  near: LonLat | null;
}

export interface IdentifyQuery {
  lon: number;
  lat: number;
  zoom: number;
  layers: readonly string[];
  language: Language;
}

/** Features of other layers that belong to one, by how they do. */
export interface RelatedGroup {
  relation: string;
  title: string;
  layer: string;
  /** Of which `features` are the first. */
  total: number;
  features: {
    layer: string;
    id: string | number;
    title: string;
    point: [number, number] | null;
    bbox: Bounds | null;
  }[];
}

export interface Related {
  groups: RelatedGroup[];
  errors: { layer: string; title: string }[];
}

/** The id of a feature, then a value for each column; codes as they are stored. */
export type TableRow = readonly [id: number, ...values: unknown[]];

export interface TablePage {
  total: number;
  offset: number;
  columns: string[];
  rows: TableRow[];
}

/** Which rows of a table, in which order. */
export interface TableQuery {
  language: Language;
  /** "-area,name": descending by area, then by name; "" for the table's own order. */
  sortby: string;
  /** CQL2 text; "" for all rows. */
  filter: string;
  bbox: Bounds | null;
}

/** The server as this application uses it. Every method fails with a Failure, or AbortError after a signal. */
export class Api {
  constructor(private readonly http: Http = new Http()) {}

  catalogue(language: Language, signal?: AbortSignal): Promise<Catalogue> {
    return this.#get("/catalogue.json", { lang: language }, signal);
  }

  style(theme: Theme, language: Language, signal?: AbortSignal): Promise<StyleSpecification> {
    return this.#get(`/styles/${theme}.json`, { lang: language }, signal);
  }

  legends(theme: Theme, language: Language, signal?: AbortSignal): Promise<Legends> {
    return this.#get("/legends.json", { theme, lang: language }, signal);
  }

  identify({ lon, lat, zoom, layers, language }: IdentifyQuery, signal?: AbortSignal): Promise<Identified> {
    const query = { lon, lat, zoom, layers: layers.join(","), lang: language };
    return this.#get("/identify", query, signal);
  }

  search({ text, language, near }: SearchQuery, signal?: AbortSignal): Promise<Searched> {
    return this.#get("/search", { q: text, lang: language, ...near }, signal);
  }

  table(
    layer: string,
    query: TableQuery & { offset: number; limit: number },
    signal?: AbortSignal,
  ): Promise<TablePage> {
    const { offset, limit } = query;
    return this.#get(`/table/${encodeURIComponent(layer)}`, { ...tableQuery(query), offset, limit }, signal);
  }

  related(layer: string, id: string, language: Language, signal?: AbortSignal): Promise<Related> {
    return this.#get("/related", { layer, id, lang: language }, signal);
  }

  /** The place of a feature in a table; refused if it is not in it. */
  tablePosition(layer: string, id: string, query: TableQuery, signal?: AbortSignal): Promise<{ offset: number }> {
    return this.#get(`/table/${encodeURIComponent(layer)}/position`, { id, ...tableQuery(query) }, signal);
  }

  transform(lon: number, lat: number, signal?: AbortSignal): Promise<Projected> {
    return this.#get("/transform", { lon, lat }, signal);
  }

  item(layer: string, id: string, signal?: AbortSignal): Promise<ServedFeature> {
    const path = `/ogc/collections/${encodeURIComponent(layer)}/items/${encodeURIComponent(id)}`;
    return this.#get(path, {}, signal, "application/geo+json");
  }

  #get<T>(path: string, query: Query, signal?: AbortSignal, accept = "application/json"): Promise<T> {
    return this.http.json(path, { query, signal, accept });
  }
}

function tableQuery({ language, sortby, filter, bbox }: TableQuery): Query {
  return {
    lang: language,
    ...(sortby && { sortby }),
    ...(filter && { filter }),
    ...(bbox && { bbox: bbox.join(",") }),
  };
}
