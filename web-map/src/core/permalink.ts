import { isLanguage, type Language } from "./language";
import { isTheme, type Theme } from "./theme";
import type { VisibilityChanges } from "./visibility";

/** Where the map looks. */
export interface View {
  /** Degrees. */
  lon: number;
  lat: number;
  zoom: number;
  /** Degrees clockwise from north. */
  bearing: number;
  /** Degrees from straight down. */
  pitch: number;
}

/** A feature by layer and id. */
export interface ObjectReference {
  layer: string;
  id: string;
}

/** What an address says of the map: as much as another person needs to see the same. */
export interface Permalink extends VisibilityChanges {
  view?: View;
  theme?: Theme;
  language?: Language;
  object?: ObjectReference;
}

/**
 * Writes a permalink as the fragment of an address, without "#":
 * `map=15.2/39.16/-75.52&off=base&order=water,parcels&opacity=trees:0.5&theme=night&lang=ru&object=parcels/12`.
 */
export function formatPermalink(link: Permalink): string {
  const parts: [string, string][] = [];
  if (link.view) parts.push(["map", formatView(link.view)]);
  if (link.on.length) parts.push(["on", link.on.join(",")]);
  if (link.off.length) parts.push(["off", link.off.join(",")]);
  if (link.order.length) parts.push(["order", link.order.join(",")]);
  const opacity = Object.entries(link.opacity);
  if (opacity.length) parts.push(["opacity", opacity.map(([id, value]) => `${id}:${value}`).join(",")]);
  if (link.theme) parts.push(["theme", link.theme]);
  if (link.language) parts.push(["lang", link.language]);
  if (link.object) parts.push(["object", `${link.object.layer}/${link.object.id}`]);
  return parts.map(([name, value]) => `${name}=${escape(value)}`).join("&");
}

/** Reads a fragment, with or without "#". What is malformed is as if it were absent: an address is typed, cut and mailed. */
export function parsePermalink(fragment: string): Permalink {
  const parts = new URLSearchParams(fragment.replace(/^#/, ""));
  const link: Permalink = {
    on: list(parts.get("on")),
    off: list(parts.get("off")),
    opacity: {},
    order: list(parts.get("order")),
  };
  for (const entry of list(parts.get("opacity"))) {
    const [id, value] = entry.split(":");
    const opacity = Number(value);
    if (id && opacity > 0 && opacity <= 1) link.opacity[id] = opacity;
  }
  const view = parseView(parts.get("map"));
  if (view) link.view = view;
  const theme = parts.get("theme");
  if (isTheme(theme)) link.theme = theme;
  const language = parts.get("lang");
  if (isLanguage(language)) link.language = language;
  const object = parseObject(parts.get("object"));
  if (object) link.object = object;
  return link;
}

/** Zoom/latitude/longitude[/bearing[/pitch]], with the decimals that a pixel of that zoom needs. */
function formatView({ lon, lat, zoom, bearing, pitch }: View): string {
  const decimals = Math.max(2, Math.ceil((zoom * Math.LN2 + Math.log(512 / 360)) / Math.LN10));
  const parts = [round(zoom, 2), lat.toFixed(decimals), lon.toFixed(decimals)];
  if (round(bearing, 1) !== "0" || round(pitch, 0) !== "0") parts.push(round(bearing, 1));
  if (round(pitch, 0) !== "0") parts.push(round(pitch, 0));
  return parts.join("/");
}

function round(value: number, decimals: number): string {
  return String(Number(value.toFixed(decimals)) || 0);
}

function parseView(text: string | null): View | undefined {
  const [zoom, lat, lon, bearing = 0, pitch = 0] = (text ?? "").split("/").map(Number);
  if (zoom === undefined || lat === undefined || lon === undefined) return undefined;
  const inRange =
    zoom >= 0 &&
    zoom <= 24 &&
    Math.abs(lat) <= 86 &&
    Math.abs(lon) <= 180 &&
    Math.abs(bearing) <= 360 &&
    pitch >= 0 &&
    pitch <= 85;
  return inRange ? { lon, lat, zoom, bearing, pitch } : undefined;
}

function parseObject(text: string | null): ObjectReference | undefined {
  const [, layer, id] = /^([a-z][a-z0-9_]*)\/(.+)$/.exec(text ?? "") ?? [];
  return layer && id ? { layer, id } : undefined;
}

function list(text: string | null): string[] {
  return (text ?? "").split(",").filter(Boolean);
}

/** Like encodeURIComponent, but sparing what may stand in a fragment (RFC 3986, 3.5) and reads better there. */
function escape(value: string): string {
  return encodeURIComponent(value).replace(/%(2F|2C|3A)/g, (code) => decodeURIComponent(code));
}
