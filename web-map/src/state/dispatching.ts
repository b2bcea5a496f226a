import type { Feature, FeatureCollection } from "geojson";
import type { Failure } from "../core/failure";
import { asFailure, isAbort } from "../core/failure";
import {
  CONDITIONS,
  Fleet,
  passes,
  placeAt,
  WHOLE_FLEET,
  type Condition,
  type FleetFilter,
  type Vehicle,
} from "../core/fleet";
import { parseObjects, parseRemoved, type FleetTracks, type LiveApi, type LiveLayer, type Track } from "../core/live";
import { fleetAt } from "../core/playback";
import { Store } from "../core/store";
import { drawnTrack, type TrackColouring } from "../core/track";

/** The list is told anew so often: faster nobody reads. */
const LIST_MILLISECONDS = 1000;
/** Least milliseconds between two frames of the fleet, and how many times its own cost a frame rests at least. */
const FRAME_MILLISECONDS = 100;
const REST = 5;

/** Names a measure in the browser's timeline: the script time of one frame of the fleet. */
export const FRAME_MEASURE = "kvartal:fleet-frame";

const NOTHING: FeatureCollection = { type: "FeatureCollection", features: [] };

/** A time of the past that runs again. */
export interface Playback {
  from: number;
  to: number;
  /** The present instant of it; all three in Unix seconds. */
  time: number;
  /** Seconds of the past in one second. */
  speed: number;
  running: boolean;
}

/** The chosen object's past. */
export interface ChosenTrack {
  from: Date;
  to: Date;
  track: Track;
}

/** What a dispatcher looks at: the objects that move, one of them chosen, perhaps some hours of the past again. */
export class Dispatching {
  readonly filter = new Store<FleetFilter>(WHOLE_FLEET);
  /** Those that pass the filter, what matters most first. */
  readonly vehicles = new Store<readonly Vehicle[]>([]);
  /** When they were listed, by the server's clock: every second, so that ages grow. */
  readonly listed = new Store(0);
  /** How many there are of each condition, whatever the filter says of it. */
  readonly counts = new Store<ReadonlyMap<Condition, number>>(new Map());
  /** All contractors, by name. */
  readonly known = new Store<readonly string[]>([]);
  /** Key of the chosen object. */
  readonly chosen = new Store<string | null>(null);
  /** Whether the map goes along with the chosen object. */
  readonly following = new Store(false);
  readonly colouring = new Store<TrackColouring>("action");
  readonly track = new Store<ChosenTrack | null>(null);
  readonly playback = new Store<Playback | null>(null);
  readonly failure = new Store<Failure | null>(null);
  /** Ids of layers whose stream is broken off at present. */
  readonly broken = new Store<ReadonlySet<string>>(new Set());

  readonly #fleet = new Fleet();
  readonly #leave: (() => void)[] = [];
  #drawnTrack = NOTHING;
  #pasts: { layer: string; tracks: FleetTracks }[] = [];
  #frame: ReturnType<typeof setTimeout> | undefined;
  #lastFrame = 0;
  #asking = new AbortController();

  /**
   * @param clock milliseconds by which the server's clock is ahead of ours
   * @param draw takes what is to be drawn, at most once a frame
   * @param goTo moves the map to a place
   */
  constructor(
    private readonly api: LiveApi,
    readonly layers: readonly LiveLayer[],
    private readonly clock: number,
    private readonly draw: (fleet: FeatureCollection, track: FeatureCollection) => void,
    private readonly goTo: (lon: number, lat: number) => void,
  ) {}

  /** The server's time in milliseconds of the epoch. */
  now(): number {
    return Date.now() + this.clock;
  }

  /** The chosen object as it is known last. */
  get vehicle(): Vehicle | undefined {
    return this.#fleet.get(this.chosen.get() ?? "");
  }

  /** @param open opens a stream of the server's events */
  start(open: (address: string) => EventSource): void {
    for (const { id } of this.layers) this.#leave.push(this.#listen(id, open(this.api.eventsAddress(id))));
    const list = setInterval(() => this.#list(), LIST_MILLISECONDS);
    this.#leave.push(
      () => clearInterval(list),
      this.filter.subscribe(() => this.#list()),
      this.chosen.subscribe(() => this.track.set(null)),
      this.track.subscribe(() => this.#redraw()),
      this.colouring.subscribe(() => this.#redraw()),
      this.playback.subscribe(() => this.#list()),
    );
    this.#lastFrame = performance.now();
    this.#next(0);
  }

  stop(): void {
    this.#asking.abort();
    clearTimeout(this.#frame);
    for (const leave of this.#leave) leave();
  }

  choose(key: string | null): void {
    this.chosen.set(key === this.chosen.get() ? null : key);
    if (!this.chosen.get()) this.following.set(false);
    const place = this.vehicle && placeAt(this.vehicle, this.now());
    if (place && !this.playback.get()) this.goTo(place.lon, place.lat);
  }

  /** Fetches what the chosen object did in the last hours. */
  async trace(hours: number): Promise<void> {
    const { vehicle } = this;
    if (!vehicle) return;
    await this.#ask(async (signal) => {
      const to = new Date(this.now());
      const from = new Date(to.getTime() - hours * 3_600_000);
      const track = await this.api.track(vehicle.layer, vehicle.id, from, to, signal);
      if (this.chosen.get() === vehicle.key) this.track.set({ from, to, track });
    });
  }

  /** Fetches what the objects of some layers did in the last hours, and begins to play it. */
  async replay(layers: readonly string[], hours: number): Promise<void> {
    await this.#ask(async (signal) => {
      const to = new Date(this.now());
      const from = new Date(to.getTime() - hours * 3_600_000);
      this.#pasts = await Promise.all(
        layers.map(async (layer) => ({ layer, tracks: await this.api.tracks(layer, from, to, signal) })),
      );
      const [begin, end] = [from.getTime() / 1000, to.getTime() / 1000];
      this.following.set(false);
      this.playback.set({ from: begin, to: end, time: begin, speed: 10, running: true });
    });
  }

  /** Back to the present. */
  endReplay(): void {
    this.#pasts = [];
    this.playback.set(null);
  }

  /** Where the track on show is downloaded. */
  trackAddress(f: "gpx" | "csv" | "geojson"): string {
    const track = this.track.get();
    const { vehicle } = this;
    return track && vehicle ? this.api.trackAddress(vehicle.layer, vehicle.id, track.from, track.to, f) : "";
  }

  /** A track is drawn once, not at every frame. */
  #redraw(): void {
    const track = this.track.get();
    this.#drawnTrack = track ? drawnTrack(track.track, this.colouring.get()) : NOTHING;
  }

  async #ask(run: (signal: AbortSignal) => Promise<void>): Promise<void> {
    this.#asking.abort();
    this.#asking = new AbortController();
    this.failure.set(null);
    try {
      await run(this.#asking.signal);
    } catch (error) {
      if (!isAbort(error)) this.failure.set(asFailure(error));
    }
  }

  /** A stream that breaks off is opened again by the browser, and begins with all there is. */
  #listen(layer: string, source: EventSource): () => void {
    const features = (take: (features: NonNullable<ReturnType<typeof parseObjects>>) => void) => (event: Event) => {
      const parsed = parseObjects((event as MessageEvent<string>).data);
      if (parsed) take(parsed);
    };
    source.addEventListener(
      "snapshot",
      features((all) => this.#fleet.replace(layer, all)),
    );
    source.addEventListener("snapshot", () => this.#list());
    source.addEventListener(
      "update",
      features((some) => this.#fleet.update(layer, some)),
    );
    source.addEventListener("remove", ({ data }: MessageEvent<string>) => {
      this.#fleet.remove(layer, parseRemoved(data) ?? []);
    });
    const note = (broken: boolean) => {
      const others = [...this.broken.get()].filter((id) => id !== layer);
      this.broken.set(new Set(broken ? [...others, layer] : others));
    };
    source.addEventListener("open", () => note(false));
    source.addEventListener("error", () => note(true));
    return () => source.close();
  }

  #list(): void {
    const filter = this.filter.get();
    const counts = new Map<Condition, number>();
    const shown: Vehicle[] = [];
    const contractors = new Set<string>();
    for (const vehicle of this.#fleet.all) {
      const { contractor } = vehicle.properties;
      if (contractor) contractors.add(contractor);
      if (!passes(vehicle, { ...filter, condition: "" })) continue;
      counts.set(vehicle.condition, (counts.get(vehicle.condition) ?? 0) + 1);
      if (!filter.condition || filter.condition === vehicle.condition) shown.push(vehicle);
    }
    shown.sort(
      (a, b) =>
        CONDITIONS.indexOf(a.condition) - CONDITIONS.indexOf(b.condition) ||
        a.name.localeCompare(b.name, undefined, { numeric: true }),
    );
    if (contractors.size !== this.known.get().length) this.known.set([...contractors].sort());
    this.counts.set(counts);
    this.vehicles.set(shown);
    this.listed.set(this.now());
  }

  #next(rest: number): void {
    this.#frame = setTimeout(() => {
      const begin = performance.now();
      this.#step(begin);
      const measure = performance.measure(FRAME_MEASURE, { start: begin });
      this.#next(Math.max(FRAME_MILLISECONDS, REST * measure.duration));
    }, rest);
  }

  #step(now: number): void {
    const seconds = (now - this.#lastFrame) / 1000;
    this.#lastFrame = now;
    this.playback.update((playback) => playback && advanced(playback, seconds));
    const playback = this.playback.get();
    const features = playback ? this.#past(playback.time) : this.#present();
    this.draw({ type: "FeatureCollection", features }, this.#drawnTrack);
  }

  #present(): Feature[] {
    const now = this.now();
    const chosen = this.chosen.get();
    return this.vehicles.get().flatMap((vehicle): Feature[] => {
      const place = placeAt(vehicle, now);
      if (!place || !vehicle.position) return [];
      const { lon, lat, guessed } = place;
      const isChosen = vehicle.key === chosen;
      if (isChosen && this.following.get()) this.goTo(lon, lat);
      const { key, name, condition, properties } = vehicle;
      const mark = point(lon, lat, {
        key,
        name,
        condition,
        turn: turnOf(condition, properties.course),
        guessed,
        chosen: isChosen,
      });
      return isChosen && guessed ? [guess([...vehicle.position], [lon, lat]), mark] : [mark];
    });
  }

  #past(time: number): Feature[] {
    const chosen = this.chosen.get();
    return this.#pasts.flatMap(({ layer, tracks }) =>
      fleetAt(tracks, time).map(({ id, name, lon, lat, working, course }) => {
        const condition = course === undefined ? "stopped" : working ? "working" : "moving";
        const key = `${layer}/${id}`;
        return point(lon, lat, {
          key,
          name,
          condition,
          turn: turnOf(condition, course),
          guessed: false,
          chosen: key === chosen,
        });
      }),
    );
  }
}

/** A playback some seconds later; at its end it stands still. */
export function advanced(playback: Playback, seconds: number): Playback {
  if (!playback.running) return playback;
  const time = Math.min(playback.to, playback.time + seconds * playback.speed);
  return { ...playback, time, running: time < playback.to };
}

function turnOf(condition: Condition, course = 0): number {
  return condition === "working" || condition === "moving" ? course : 0;
}

function point(lon: number, lat: number, properties: Record<string, unknown>): Feature {
  return {
    type: "Feature",
    properties: { kind: "vehicle", ...properties },
    geometry: { type: "Point", coordinates: [lon, lat] },
  };
}

/** From where an object was last heard to where it is drawn. */
function guess(from: number[], to: number[]): Feature {
  return { type: "Feature", properties: { kind: "guess" }, geometry: { type: "LineString", coordinates: [from, to] } };
}
