import {
  Map as MapLibre,
  prewarm,
  setWorkerUrl,
  type ErrorEvent,
  type GeoJSONSource,
  type StyleSpecification,
} from "maplibre-gl";
import "maplibre-gl/dist/maplibre-gl.css";
import workerUrl from "maplibre-gl/dist/maplibre-gl-worker.mjs?url";
import { liveLayers, type Bounds } from "../core/catalogue";
import { Outdated, sourcesByLayer, type Changes } from "../core/changes";
import type { LonLat } from "../core/coordinates";
import type { View } from "../core/permalink";
import type { Readable } from "../core/store";
import { composeStyle, SKETCH, sketchGeometry } from "../core/style";
import type { CameraMove, Session } from "../state/session";
import { highlightColours } from "./colours";
import { OverlayCanvas } from "./overlay-canvas";
import { middleOfFree, panToUncover, uncovered } from "./insets";

setWorkerUrl(workerUrl);
// Workers load their code while style and catalogue are on their way.
prewarm();

/** Closest zoom to which the map goes by itself to show one object. */
const OBJECT_ZOOM = 17;
const MAX_ZOOM = 21;

/** Milliseconds between two refreshes of tiles that others have changed. */
const REFRESH_INTERVAL = 1000;

/** Milliseconds between two looks at what moves; its tiles are good for two seconds. */
const LIVE_INTERVAL = 5000;

/** Marks in the browser's timeline when the first map stands complete. */
export const FIRST_MAP_MARK = "kvartal:first-map";

/** What the texts of the interface say of the map; changes with the language. */
export interface MapTexts {
  /** Accessible name of the map. */
  label: string;
}

/**
 * The map on the page: draws what the session holds, and tells the session
 * what people do to it.
 *
 * @throws {Error} if the browser cannot draw with WebGL 2
 */
export class CityMap {
  readonly #map: MapLibre;
  readonly #overlay: OverlayCanvas;
  readonly #leave: (() => void)[] = [];
  #styleReady = false;
  #composing = 0;
  #uncovered: LonLat | null = null;
  readonly #outdated = new Outdated();
  #refreshing = 0;
  readonly #following: number;
  /** Whoever comes back to the page would look at where things were when they left it. */
  readonly #seen = () => this.#followLive();
  readonly #moved = new Set<string>();
  #moving = false;

  constructor(
    private readonly container: HTMLElement,
    private readonly session: Session,
    document: StyleSpecification,
    texts: Readable<MapTexts>,
  ) {
    this.#map = new MapLibre({
      container,
      style: this.#compose(document),
      ...cameraOf(session.view.get()),
      maxZoom: MAX_ZOOM,
      attributionControl: false,
      validateStyle: false,
      dragRotate: true,
      // The whole map is drawn anew while anything fades, at every look at what moves:
      // without a GPU that is half of what an open map costs.
      fadeDuration: 0,
      // The stream of changes says what is out of date, and what moves has a clock of its own.
      refreshExpiredTiles: false,
    });
    this.#overlay = new OverlayCanvas(this.#map);
    this.#drawSession(texts);
    this.#tellSession();
    this.#tellErrors();
    this.#following = window.setInterval(() => this.#followLive(), LIVE_INTERVAL);
    window.document.addEventListener("visibilitychange", this.#seen);
  }

  destroy(): void {
    clearInterval(this.#following);
    window.document.removeEventListener("visibilitychange", this.#seen);
    cancelAnimationFrame(this.#composing);
    clearTimeout(this.#refreshing);
    for (const leave of this.#leave) leave();
    this.#map.remove();
  }

  #drawSession(texts: Readable<MapTexts>): void {
    const {
      content,
      visibility,
      picking,
      measuring,
      administering,
      overlay,
      overlayMoved,
      overlayPainted,
      view,
      pointer,
      camera,
      changes,
    } = this.session;
    const compose = () => this.#scheduleCompose();
    this.#composeWhenReady();
    this.#leave.push(
      content.document.subscribe(compose),
      visibility.subscribe(compose),
      picking.pick.subscribe(compose),
      measuring.measurement.subscribe(compose),
      administering.area.subscribe(compose),
      overlay.subscribe(compose),
      overlay.subscribe((overlay) => {
        this.#overlay.overlay = overlay;
        this.#overlay.paint();
      }),
      overlayPainted.listen(() => this.#overlay.paint()),
      overlayMoved.listen((source) => this.#noteMoved(source)),
      pointer.subscribe((pointer) => this.#stretchSketch(pointer)),
      picking.pick.subscribe((pick) => {
        if (pick?.status === "done") this.#uncover(pick.point);
      }),
      view.subscribe((view) => this.#follow(view)),
      camera.listen((move) => this.#move(move)),
      changes.listen((changes) => this.#noteChanges(changes)),
      texts.subscribe(({ label }) => this.#map.getCanvas().setAttribute("aria-label", label)),
    );
  }

  /** A style that is still on its way cannot be compared with the next. */
  #composeWhenReady(): void {
    this.#map.once("style.load", () => {
      this.#styleReady = true;
      this.#scheduleCompose();
    });
  }

  /** Many changes of one frame make one new style. */
  #scheduleCompose(): void {
    if (!this.#styleReady || this.#composing) return;
    this.#composing = requestAnimationFrame(() => {
      this.#composing = 0;
      const document = this.session.content.document.get();
      if (document && this.#styleReady) this.#map.setStyle(this.#compose(document), { diff: true, validate: false });
    });
  }

  #compose(document: StyleSpecification): StyleSpecification {
    const colours = highlightColours(this.container);
    const { visibility, overlay } = this.session;
    return composeStyle(document, visibility.get(), this.session.highlight(), colours, overlay.get());
  }

  /** Draws the stretch that a click would add, without composing the whole style at each movement. */
  #stretchSketch(pointer: LonLat | null): void {
    const measurement = this.session.measuring.measurement.get();
    if (!measurement || measurement.points.length === 0) return;
    const { points, ring } = this.session.highlight().sketch;
    const next = pointer && !measurement.finished ? [pointer] : [];
    const geometry = sketchGeometry({ points: [...points, ...next], ring });
    if (geometry)
      void this.#map.getSource<GeoJSONSource>(SKETCH)?.setData({ type: "Feature", properties: {}, geometry });
  }

  #noteMoved(source: string): void {
    this.#moved.add(source);
    if (this.#moving) return;
    this.#moving = true;
    requestAnimationFrame(() => void this.#drawMoved());
  }

  /** At most one update of the overlay a frame, and none while the map still takes in the last. */
  async #drawMoved(): Promise<void> {
    const moved = [...this.#moved];
    this.#moved.clear();
    const { data } = this.session.overlay.get() ?? {};
    try {
      await Promise.all(
        moved.flatMap((id) => {
          const collection = data?.get(id);
          const source = this.#map.getSource<GeoJSONSource>(id);
          return source && collection ? [source.setData(collection)] : [];
        }),
      );
    } finally {
      this.#moving = false;
    }
    const [again] = this.#moved;
    if (again !== undefined) this.#noteMoved(again);
  }

  /** Brings a point out from behind the panel that tells of it, once: then people move the map as they like. */
  #uncover(point: LonLat | null): void {
    if (!point || point === this.#uncovered) return;
    this.#uncovered = point;
    const { left, top } = this.container.getBoundingClientRect();
    const { x, y } = this.#map.project([point.lon, point.lat]);
    const offset = panToUncover(this.container, window.document, { x: x + left, y: y + top });
    if (offset) this.#map.panBy(offset);
  }

  #follow(view: View | null): void {
    if (view && !sameView(view, this.#view())) this.#map.jumpTo(cameraOf(view));
  }

  #move(move: CameraMove): void {
    const map = this.#map;
    switch (move.kind) {
      case "zoom":
        map.easeTo({ zoom: Math.round(map.getZoom() * 2) / 2 + move.by });
        break;
      case "north":
        map.easeTo({ bearing: 0, pitch: 0 });
        break;
      case "go":
        map.flyTo(cameraOf(move.view));
        break;
      case "centre":
        map.easeTo({ center: move, offset: middleOfFree(this.container, window.document), duration: 0 });
        break;
      case "fit":
        map.fitBounds(move.bounds, { padding: uncovered(this.container, window.document), maxZoom: OBJECT_ZOOM });
    }
  }

  #tellSession(): void {
    const map = this.#map;
    const { session } = this;
    map.on("move", () => session.view.set(this.#view()));
    map.on("dragstart", () => session.dragged.emit(null));
    map.on("mousemove", ({ lngLat }) => session.pointer.set(lonLat(lngLat)));
    map.on("mouseout", () => session.pointer.set(null));
    map.on("click", ({ lngLat, point, originalEvent }) => {
      if (originalEvent.detail < 2 && !this.#overlay.touch(point)) session.pickAt(lonLat(lngLat), map.getZoom());
    });
    map.on("dblclick", (event) => {
      if (session.measuring.measurement.get()) {
        event.preventDefault();
        session.measuring.finish();
      } // The first click of a double click asked; the second says it was meant for zooming.
      else session.picking.close();
    });
    map.on("moveend", () => {
      session.bounds.set(this.#bounds());
      this.#refresh();
    });
    session.bounds.set(this.#bounds());
    map.on("dataloading", (event) => {
      const { sourceId = "" } = event as { sourceId?: string };
      if (!session.overlay.get()?.data.has(sourceId)) session.busy.set(true);
    });
    map.on("idle", () => session.busy.set(false));
    map.once("idle", () => performance.mark(FIRST_MAP_MARK));
    map.getCanvas().addEventListener("keydown", (event) => {
      if (event.key === "Enter") session.pickAt(lonLat(map.getCenter()), map.getZoom(), true);
      else if (event.key === "Backspace") session.measuring.undo();
    });
  }

  #tellErrors(): void {
    this.#map.on("error", (event: ErrorEvent & { sourceId?: string }) => {
      console.warn(event.error);
      if (!event.sourceId) return;
      this.session.notices.show({ id: "tiles", kind: "error", text: "failure.tiles", retry: () => this.#rebuild() });
    });
  }

  /**
   * Fetches everything anew. MapLibre 6.17 does not ask again for a vector tile
   * that failed, whether its source is refreshed or given a new address.
   */
  #rebuild(): void {
    const document = this.session.content.document.get();
    if (!document) return;
    this.#styleReady = false;
    this.#map.setStyle(this.#compose(document), { diff: false, validate: false });
    this.#composeWhenReady();
  }

  /** What moves is fetched anew while somebody looks at it, unless an overlay draws it. */
  #followLive(): void {
    const { content, overlay, visibility } = this.session;
    const document = content.document.get();
    if (!document || window.document.hidden || overlay.get()) return;
    const sources = sourcesByLayer(document);
    const live = liveLayers(content.catalogue.get()).filter((id) => !visibility.get().hidden.has(id));
    for (const source of new Set(live.map((id) => sources.get(id)))) {
      if (source && this.#map.getSource(source)) this.#map.refreshTiles(source);
    }
  }

  #noteChanges(changes: Changes): void {
    const document = this.session.content.document.get();
    if (document) this.#outdated.add(changes, sourcesByLayer(document));
    this.#scheduleRefresh();
  }

  /** Many changes of one second make one refresh; what is unchanged comes as 304. */
  #scheduleRefresh(): void {
    if (this.#refreshing) return;
    this.#refreshing = window.setTimeout(() => {
      this.#refreshing = 0;
      this.#refresh();
    }, REFRESH_INTERVAL);
  }

  /** Fetches the tiles of outdated sources anew; the old ones stay until the new are there. */
  #refresh(): void {
    for (const source of this.#outdated.take(this.#bounds())) {
      if (this.#map.getSource(source)) this.#map.refreshTiles(source);
    }
  }

  #bounds(): Bounds {
    const bounds = this.#map.getBounds();
    return [bounds.getWest(), bounds.getSouth(), bounds.getEast(), bounds.getNorth()];
  }

  #view(): View {
    const { lng: lon, lat } = this.#map.getCenter();
    return { lon, lat, zoom: this.#map.getZoom(), bearing: this.#map.getBearing(), pitch: this.#map.getPitch() };
  }
}

function cameraOf(view: View | null) {
  if (!view) return {};
  const { lon, lat, zoom, bearing, pitch } = view;
  return { center: { lon, lat }, zoom, bearing, pitch };
}

function sameView(a: View, b: View): boolean {
  return a.lon === b.lon && a.lat === b.lat && a.zoom === b.zoom && a.bearing === b.bearing && a.pitch === b.pitch;
}

function lonLat({ lng, lat }: { lng: number; lat: number }): LonLat {
  return { lon: lng, lat };
}
