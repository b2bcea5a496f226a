import type { FeatureCollection } from "geojson";
import type { Bounds } from "../core/catalogue";
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
  type Place,
  type Vehicle,
} from "../core/fleet";
import { markOf, unknownMarks, type FleetMark } from "../core/fleet-marks";
import type { FleetTracks, LiveApi, LiveLayer, Track } from "../core/live";
import { firstHeard, fleetAt, vehicleThen } from "../core/playback";
import { Store } from "../core/store";
import { drawnTrack, trackBounds, type TrackColouring } from "../core/track";
import { FleetStream } from "./fleet-stream";
import { Unknowns } from "./unknowns";

/** The list is told anew so often: faster nobody reads. */
const LIST_MILLISECONDS = 1000;
/** Milliseconds that pass between two frames of the fleet at least and at most. */
const FRAME_MILLISECONDS = 100;
const SLOWEST_FRAME = 1000;
/** So many times what a frame took until it was on the screen the next one waits, so that there is time for all else. */
const REST = 2;
/** Metres a second that hardly anything in a city exceeds. */
const FAST = 20;

/** Names a measure in the browser's timeline: the script time of one frame of the fleet. */
export const FRAME_MEASURE = "kvartal:fleet-frame";

const NOTHING: FeatureCollection = { type: "FeatureCollection", features: [] };

/** Objects are listed by their names as people count: 9 before 10. */
const NAMES = new Intl.Collator(undefined, { numeric: true });

/** A stretch of time. */
export interface Period {
  from: Date;
  to: Date;
}

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
export interface ChosenTrack extends Period {
  track: Track;
}

/** The map, as far as a dispatcher's view moves it and draws on it. */
export interface Screen {
  draw(fleet: readonly FleetMark[], track: FeatureCollection): void;
  /** Brings a place into the middle of what is free of panels. */
  centre(lon: number, lat: number): void;
  fit(bounds: Bounds): void;
  /** Calls back once what was drawn last is to be seen. */
  shown(then: () => void): void;
  /** Metres on the ground that a pixel shows. */
  metresPerPixel(): number;
}

/** What a dispatcher looks at: the objects that move, one of them chosen, perhaps some hours of the past again. */
export class Dispatching {
  readonly filter = new Store<FleetFilter>(WHOLE_FLEET);
  /** Those that pass the filter, what matters most first; in a playback, as they were. */
  readonly vehicles = new Store<readonly Vehicle[]>([]);
  /** When they were listed, by the server's clock: every second, so that ages grow; in a playback, its instant. */
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
  readonly unknowns: Unknowns;

  readonly #fleet = new Fleet();
  readonly #stream = new FleetStream(this.#fleet, () => this.#list());
  readonly broken = this.#stream.broken;
  readonly #lags: ReadonlyMap<string, number>;
  readonly #leave: (() => void)[] = [];
  #drawnTrack = NOTHING;
  #pasts: { layer: string; tracks: FleetTracks }[] = [];
  #frame: ReturnType<typeof setTimeout> | undefined;
  #lastFrame = 0;
  #stopped = false;
  #centred: Place | null = null;
  #asking = new AbortController();

  /** @param clock milliseconds by which the server's clock is ahead of ours */
  constructor(
    private readonly api: LiveApi,
    readonly layers: readonly LiveLayer[],
    private readonly clock: number,
    private readonly screen: Screen,
  ) {
    this.#lags = new Map(layers.map(({ id, delay }) => [id, delay * 1000]));
    this.unknowns = new Unknowns(api);
  }

  /** The server's time in milliseconds of the epoch. */
  now(): number {
    return Date.now() + this.clock;
  }

  /**
   * @param open opens a stream of the server's events
   * @param unknown how many devices no register has, if the person may know
   */
  start(open: (address: string) => EventSource, unknown: number | undefined): void {
    const address = this.api.eventsAddress(this.layers.map(({ id }) => id));
    if (this.layers.length) this.#leave.push(this.#stream.follow(() => open(address)));
    this.unknowns.start(unknown);
    const list = setInterval(() => this.#list(), LIST_MILLISECONDS);
    this.#leave.push(
      () => clearInterval(list),
      () => this.unknowns.stop(),
      this.filter.subscribe(() => this.#list()),
      this.chosen.subscribe(() => this.track.set(null)),
      this.track.subscribe(() => this.#redraw()),
      this.colouring.subscribe(() => this.#redraw()),
    );
    this.#lastFrame = performance.now();
    // What people do shows at once.
    const { filter, chosen, track, colouring, following, playback, unknowns } = this;
    for (const store of [filter, chosen, track, colouring, following, unknowns.devices])
      this.#leave.push((store as Store<unknown>).subscribe(() => this.#next(0)));
    this.#leave.push(playback.subscribe((now) => !now?.running && this.#next(0)));
  }

  stop(): void {
    this.#stopped = true;
    this.#asking.abort();
    clearTimeout(this.#frame);
    for (const leave of this.#leave) leave();
  }

  /** Chooses an object and shows where it is, or leaves it if it is chosen already. */
  choose(key: string | null): void {
    this.chosen.set(key === this.chosen.get() ? null : key);
    this.#centred = null;
    const vehicle = this.vehicles.get().find((vehicle) => vehicle.key === this.chosen.get());
    if (!vehicle) this.follow(false);
    const place = vehicle && this.#place(vehicle);
    if (place) this.goTo(place.lon, place.lat);
  }

  /** Lets the map go along with the chosen object, or no more. */
  follow(on: boolean): void {
    this.#centred = null;
    this.following.set(on);
  }

  goTo(lon: number, lat: number): void {
    this.screen.centre(lon, lat);
  }

  /** Fetches what the chosen object did in some time, and shows all of it. */
  async trace({ from, to }: Period): Promise<void> {
    const vehicle = this.#fleet.get(this.chosen.get() ?? "");
    if (!vehicle) return;
    await this.#ask(async (signal) => {
      const track = await this.api.track(vehicle.layer, vehicle.id, from, to, signal);
      if (this.chosen.get() !== vehicle.key) return;
      this.track.set({ from, to, track });
      const bounds = trackBounds(track);
      if (bounds && !this.following.get()) this.screen.fit(bounds);
    });
  }

  /** Fetches what the objects of some layers did in some time, and begins to play it. */
  async replay(layers: readonly string[], { from, to }: Period): Promise<void> {
    await this.#ask(async (signal) => {
      this.#pasts = await Promise.all(
        layers.map(async (layer) => ({ layer, tracks: await this.api.tracks(layer, from, to, signal) })),
      );
      const end = to.getTime() / 1000;
      // Nobody wants to wait for the first who was heard.
      const begin = Math.max(
        from.getTime() / 1000,
        Math.min(end, ...this.#pasts.map(({ tracks }) => firstHeard(tracks))),
      );
      this.playback.set({ from: begin, to: end, time: begin, speed: 10, running: true });
      this.#list();
    });
  }

  /** Back to the present. */
  endReplay(): void {
    this.#pasts = [];
    this.playback.set(null);
    this.#list();
  }

  /** Where the track on show is downloaded. */
  trackAddress(f: "gpx" | "csv" | "geojson"): string {
    const track = this.track.get();
    const vehicle = this.#fleet.get(this.chosen.get() ?? "");
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

  /** Everybody now, or as they were at the instant of the playback. */
  #everybody(): Iterable<Vehicle> {
    const playback = this.playback.get();
    if (!playback) return this.#fleet.all;
    return this.#pasts.flatMap(({ layer, tracks }) =>
      fleetAt(tracks, playback.time).map((past) => vehicleThen(layer, past, this.#fleet.get(`${layer}/${past.id}`))),
    );
  }

  #list(): void {
    const filter = this.filter.get();
    const counts = new Map<Condition, number>();
    const shown: Vehicle[] = [];
    const contractors = new Set<string>();
    for (const vehicle of this.#everybody()) {
      const { contractor } = vehicle.properties;
      if (contractor) contractors.add(contractor);
      if (!passes(vehicle, { ...filter, condition: "" })) continue;
      counts.set(vehicle.condition, (counts.get(vehicle.condition) ?? 0) + 1);
      if (!filter.condition || filter.condition === vehicle.condition) shown.push(vehicle);
    }
    shown.sort(
      (a, b) => CONDITIONS.indexOf(a.condition) - CONDITIONS.indexOf(b.condition) || NAMES.compare(a.name, b.name),
    );
    if (contractors.size !== this.known.get().length) this.known.set([...contractors].sort());
    this.counts.set(counts);
    this.vehicles.set(shown);
    this.listed.set((this.playback.get()?.time ?? 0) * 1000 || this.now());
  }

  /** There is one next frame. */
  #next(rest: number): void {
    clearTimeout(this.#frame);
    if (this.#stopped) return;
    this.#frame = setTimeout(() => {
      const begin = performance.now();
      this.#step(begin);
      performance.measure(FRAME_MEASURE, { start: begin });
      // Who observes is told; the browser would keep them all, for days.
      performance.clearMeasures(FRAME_MEASURE);
      this.screen.shown(() => this.#next(this.#rest(performance.now() - begin)));
    }, rest);
  }

  /**
   * Milliseconds to wait after a frame that took some until it was seen. Without a graphics card it is the map's drawing
   * that costs: no frame is worth it before something is a pixel further.
   */
  #rest(took: number): number {
    const pixel = this.playback.get()?.running ? 0 : (1000 * this.screen.metresPerPixel()) / FAST;
    return Math.min(Math.max(FRAME_MILLISECONDS, REST * took, pixel), SLOWEST_FRAME);
  }

  #step(now: number): void {
    const seconds = (now - this.#lastFrame) / 1000;
    this.#lastFrame = now;
    this.playback.update((playback) => playback && advanced(playback, seconds));
    const unknown = (this.unknowns.devices.get() ?? []).flatMap(unknownMarks);
    this.screen.draw([...this.#marks(), ...unknown], this.#drawnTrack);
  }

  /** What is drawn of those on show: of the present the list is new enough, the past runs faster. */
  #marks(): FleetMark[] {
    const chosen = this.chosen.get();
    const filter = this.filter.get();
    const shown = this.playback.get()
      ? [...this.#everybody()].filter((vehicle) => passes(vehicle, filter))
      : this.vehicles.get();
    return shown.flatMap((vehicle) => {
      const place = this.#place(vehicle);
      if (!place) return [];
      const isChosen = vehicle.key === chosen;
      if (isChosen) this.#goAlong(place);
      return [markOf(vehicle, place, isChosen)];
    });
  }

  /** Where an object is drawn. What is seen later than it was is guessed from then on. */
  #place(vehicle: Vehicle): Place | null {
    const moment = this.playback.get() ? (vehicle.at ?? 0) : this.now() - (this.#lags.get(vehicle.layer) ?? 0);
    return placeAt(vehicle, moment);
  }

  /** Keeps the map on the chosen object as it moves. */
  #goAlong(place: Place): void {
    const { lon, lat } = this.#centred ?? {};
    if (!this.following.get() || (lon === place.lon && lat === place.lat)) return;
    this.#centred = place;
    this.goTo(place.lon, place.lat);
  }
}

/** A playback some seconds later; at its end it stands still. */
export function advanced(playback: Playback, seconds: number): Playback {
  if (!playback.running) return playback;
  const time = Math.min(playback.to, playback.time + seconds * playback.speed);
  return { ...playback, time, running: time < playback.to };
}
