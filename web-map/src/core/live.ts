import type { Feature, LineString, Point } from "geojson";
import type { Http } from "./http";

/** How long ago an object was heard, judged by the server. */
export type Contact = "online" | "late" | "stale" | "lost";

/** An object of a live layer as the server tells of it; what the person may not see, or nobody told, is absent. */
export type LiveFeature = Feature<Point | null, LiveProperties> & { id: number };

export interface LiveProperties {
  name?: string;
  class?: string;
  unit?: string;
  contractor?: string;
  plate?: string;
  state?: Contact;
  /** Time of the fix, RFC 3339. */
  at?: string;
  /** km/h. */
  speed?: number | undefined;
  /** Degrees clockwise from north. */
  course?: number;
  blade?: boolean;
  spreader?: boolean;
  brush?: boolean;
  ignition?: boolean;
  [other: string]: unknown;
}

export interface LiveLayer {
  id: string;
  title: string;
  count: number;
  /** Seconds by which the person sees everything later. */
  delay: number;
}

/** What moves in the city (/live.json). */
export interface LiveOverview {
  layers: LiveLayer[];
  /** Devices that no register knows; only for those who see the register. */
  unknown?: number;
  /** The server's clock. */
  now: string;
}

/** A device that tells and that no register has. */
export interface UnknownDevice {
  device: string;
  /** The protocol it came by last. */
  source: string;
  /** When it was first and last heard, RFC 3339, as far as days are kept. */
  first: string;
  last: string;
  /** How many fixes are kept of it; of many, how many were counted. */
  fixes: number;
  lon?: number;
  lat?: number;
}

/** What an object did between two fixes. Times are RFC 3339, lengths km, speeds km/h. */
export type TrackPart =
  | Feature<
      LineString,
      {
        kind: "way";
        action: "working" | "transit";
        from: string;
        to: string;
        length_km: number;
        speed_max: number;
        /** Unix seconds and km/h at each vertex. */
        times: number[];
        speeds: number[];
      }
    >
  | Feature<LineString, { kind: "gap"; from: string; to: string }>
  | Feature<Point, { kind: "stop"; from: string; to: string; idling: boolean }>;

export interface Track {
  features: TrackPart[];
  mileage: { total_km: number; working_km: number };
  stops: number;
  idling_s: number;
  gaps: number;
  fixes: number;
}

/** The ways of all objects of a layer in some time, thinned by the server. */
export interface FleetTracks {
  objects: {
    id: number;
    name?: string;
    /** Unix seconds, rising; one for each of the coordinates. */
    times: number[];
    coordinates: [number, number][];
    /** Times from and to which it worked. */
    working?: [number, number][];
  }[];
}

/** Objects that move, as the server knows them. Every method fails with a Failure. */
export class LiveApi {
  constructor(private readonly http: Http) {}

  overview(): Promise<LiveOverview> {
    return this.http.json("/live.json");
  }

  /** Devices that no register has, for those who see all of the register: the ones heard last first. */
  async unknown(signal?: AbortSignal): Promise<UnknownDevice[]> {
    const { devices } = await this.http.json<{ devices: UnknownDevice[] }>("/live/unknown", { signal });
    return devices;
  }

  /** Where the server tells of the objects of some layers as they change, once a second. */
  eventsAddress(layers: readonly string[]): string {
    return `/live/events?layers=${layers.map(encodeURIComponent).join(",")}&interval=1`;
  }

  track(layer: string, id: number, from: Date, to: Date, signal?: AbortSignal): Promise<Track> {
    return this.http.json(this.#trackPath(layer, id), { query: period(from, to), signal });
  }

  /** Where a track is downloaded. */
  trackAddress(layer: string, id: number, from: Date, to: Date, f: "gpx" | "csv" | "geojson"): string {
    return `${this.#trackPath(layer, id)}?${new URLSearchParams({ ...period(from, to), f }).toString()}`;
  }

  tracks(layer: string, from: Date, to: Date, signal?: AbortSignal): Promise<FleetTracks> {
    return this.http.json(`/live/${encodeURIComponent(layer)}/tracks`, { query: period(from, to), signal });
  }

  #trackPath(layer: string, id: number): string {
    return `/live/${encodeURIComponent(layer)}/items/${id}/track`;
  }
}

function period(from: Date, to: Date) {
  return { from: from.toISOString(), to: to.toISOString() };
}

/** Objects of a layer, as an event tells of them. */
export interface LiveObjects {
  layer: string;
  features: LiveFeature[];
}

/** Reads the data of an event "snapshot" or "update"; nothing if it is not as expected. */
export function parseObjects(data: string): LiveObjects | undefined {
  const { layer, features } = parsed(data);
  if (typeof layer !== "string" || !Array.isArray(features) || !features.every(isLiveFeature)) return undefined;
  return { layer, features };
}

/** Reads the data of an event "remove". */
export function parseRemoved(data: string): { layer: string; ids: number[] } | undefined {
  const { layer, ids } = parsed(data);
  if (typeof layer !== "string" || !Array.isArray(ids) || !ids.every((id) => typeof id === "number")) return undefined;
  return { layer, ids };
}

function parsed(data: string): Readonly<Record<string, unknown>> {
  try {
    return Object(JSON.parse(data)) as Record<string, unknown>;
  } catch {
    return {};
  }
}

function isLiveFeature(feature: unknown): feature is LiveFeature {
  const { id, geometry, properties } = Object(feature) as Record<string, unknown>;
  return typeof id === "number" && geometry !== undefined && typeof properties === "object" && properties !== null;
}
