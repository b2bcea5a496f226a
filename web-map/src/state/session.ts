import { Api, type SearchResult } from "../core/api";
import type { Bounds, Catalogue, City } from "../core/catalogue";
import type { Changes } from "../core/changes";
import { boundsOf, referenceTo, sameObject } from "../core/found";
import type { LonLat } from "../core/coordinates";
import { arranged, drawnOrder, moved } from "../core/order";
import type { ObjectReference, Permalink, View } from "../core/permalink";
import type { Settings } from "../core/settings";
import type { Http } from "../core/http";
import { Signal, Store } from "../core/store";
import type { Overlay } from "../core/overlay";
import type { Highlight } from "../core/style";
import {
  applyChanges,
  changesOf,
  EVERYTHING,
  identifiable,
  initialVisibility,
  NO_CHANGES,
  type Visibility,
  type VisibilityChanges,
} from "../core/visibility";
import { AccountApi } from "../core/account";
import { Account, type AccountChange } from "./account";
import { Administering } from "./administering";
import { Appearance, type Surroundings } from "./appearance";
import { Content } from "./content";
import { Measuring } from "./measuring";
import { Notices } from "./notices";
import { Picking } from "./picking";
import { Searching } from "./searching";
import { Tabling } from "./tabling";

/** A movement that somebody other than the map itself asks for. */
export type CameraMove =
  | { kind: "zoom"; by: number }
  | { kind: "north" }
  | { kind: "fit"; bounds: Bounds }
  | { kind: "go"; view: View }
  /** At once and in the middle of what is free of panels, so that the map can go along with something. */
  | { kind: "centre"; lon: number; lat: number };

/** Zoom at which an object is shown whose address says nothing of a view. */
const OBJECT_ZOOM = 16;

/**
 * Everything one open page knows, without a framework and without a map: the
 * components show it, the map draws it, the address bar writes it down.
 */
export class Session {
  readonly notices = new Notices();
  readonly api: Api;
  readonly account: Account;
  readonly content: Content;
  readonly appearance: Appearance;
  readonly picking: Picking;
  readonly measuring = new Measuring();
  readonly administering = new Administering();
  readonly searching: Searching;
  readonly tabling: Tabling;
  readonly visibility = new Store<Visibility>(EVERYTHING);
  /** Where the map looks; null until an address or the catalogue says. */
  readonly view = new Store<View | null>(null);
  /** The box around what the map shows; null until it stands. */
  readonly bounds = new Store<Bounds | null>(null);
  /** Where the pointer is on the map. */
  readonly pointer = new Store<LonLat | null>(null);
  readonly camera = new Signal<CameraMove>();
  /** Somebody has taken the map by hand and drags it. */
  readonly dragged = new Signal<null>();
  /** What others have changed on the map. */
  readonly changes = new Signal<Changes>();
  /** What a view lays over the map's layers. */
  readonly overlay = new Store<Overlay | null>(null);
  /** A source of the overlay whose data are others now. */
  readonly overlayMoved = new Signal<string>();
  /** What the overlay paints over the map is to be painted anew. */
  readonly overlayPainted = new Signal<null>();
  /** Whether the dispatcher's view is open. */
  readonly dispatching = new Store(false);
  /** Whether the map is fetching or drawing. */
  readonly busy = new Store(true);
  readonly layersOpen = new Store(true);

  /** What an address asked of layers, until the catalogue is there to check it. */
  #wantedLayers: VisibilityChanges = NO_CHANGES;

  constructor(
    readonly http: Http,
    readonly settings: Store<Settings>,
    surroundings: Surroundings,
  ) {
    const api = (this.api = new Api(http));
    this.account = new Account(new AccountApi(http));
    this.content = new Content(api, this.notices);
    this.appearance = new Appearance(settings, surroundings);
    this.tabling = new Tabling(api, () => this.appearance.language.get());
    this.searching = new Searching(api, () => ({
      language: this.appearance.language.get(),
      near: lonLat(this.view.get()),
    }));
    this.picking = new Picking(api, (zoom) => this.#question(zoom));
  }

  /** Begins to fetch, now and whenever theme or language change. */
  start(): void {
    this.#fitCatalogue();
    let loaded = "";
    const load = () => {
      const theme = this.appearance.theme.get();
      const language = this.appearance.language.get();
      if (loaded === theme + language) return;
      loaded = theme + language;
      void this.content.load(theme, language);
    };
    this.appearance.theme.subscribe(load);
    this.appearance.language.subscribe(load);
    this.account.changed.listen((change) => void this.#becomeAnother(change));
    void this.account.check();
  }

  /** Shows what another person may see, from the same place: the view, the layers chosen, table and card stay if they may. */
  async #becomeAnother(change: AccountChange): Promise<void> {
    if (change === "ended") {
      const action = { text: "account.signIn", run: () => this.account.dialog.set("sign-in") } as const;
      this.notices.show({ id: "account", kind: "error", text: "account.ended", action });
    } else this.notices.dismiss("account");
    await this.content.load(this.appearance.theme.get(), this.appearance.language.get());
    this.changes.emit(null);
    this.picking.reload();
    const table = this.tabling.view.get();
    const readable = this.content.catalogue.get()?.layers.some(({ id, table: may }) => may && id === table?.layer);
    if (table && readable) this.tabling.reload();
    else this.tabling.close();
  }

  /** The present state as an address holds it. */
  permalink(): Permalink {
    const catalogue = this.content.catalogue.get();
    const view = this.view.get();
    const object = this.picking.pick.get()?.chosen;
    return {
      ...(catalogue ? changesOf(catalogue, this.visibility.get()) : this.#wantedLayers),
      ...(view && { view }),
      ...(object && { object }),
      ...this.appearance.chosen,
    };
  }

  /** Goes where an address leads. */
  follow(link: Permalink): void {
    this.appearance.follow(link);
    this.#wantedLayers = { on: link.on, off: link.off, opacity: link.opacity, order: link.order };
    const catalogue = this.content.catalogue.get();
    if (catalogue) this.visibility.set(applyChanges(catalogue, link));
    if (link.view) this.view.set(link.view);
    if (link.object) void this.#openObject(link.object, link.view === undefined);
    else this.picking.close();
  }

  /** Opens an object's card and, where the address does not say where to look, looks at it. */
  async #openObject(object: ObjectReference, look: boolean): Promise<void> {
    await this.picking.open(object);
    const found = this.picking.pick.get()?.found[0];
    const bounds = look && found && boundsOf(found.feature.geometry);
    if (!bounds) return;
    const [west, south, east, north] = bounds;
    this.view.set({ lon: (west + east) / 2, lat: (south + north) / 2, zoom: OBJECT_ZOOM, bearing: 0, pitch: 0 });
  }

  /** Goes to what a search has found and opens its card. */
  async goTo(result: SearchResult): Promise<void> {
    if (result.bbox) this.camera.emit({ kind: "fit", bounds: result.bbox });
    else if (result.point) this.#goNear(result.point);
    if (result.kind === "feature") await this.picking.open({ layer: result.layer, id: String(result.id) }, true);
    else if (result.point) {
      const [lon, lat] = result.point;
      await this.picking.at({ lon, lat }, Math.max(this.view.get()?.zoom ?? 0, OBJECT_ZOOM), true);
    }
  }

  /** Opens an object's card and brings the whole object into sight. */
  async showObject(object: ObjectReference): Promise<void> {
    await this.picking.open(object);
    const found = this.picking.pick.get()?.found.find((found) => sameObject(referenceTo(found), object));
    const bounds = boundsOf(found?.feature.geometry ?? null);
    if (bounds) this.camera.emit({ kind: "fit", bounds });
  }

  /** What the map draws over its layers: the object of the open card, the point asked about, what is measured. */
  highlight(): Highlight {
    const pick = this.picking.pick.get();
    const chosen = pick?.found.find((found) => sameObject(referenceTo(found), pick.chosen));
    const { points = [], kind } = this.measuring.measurement.get() ?? {};
    return {
      geometry: this.administering.area.get() ?? chosen?.feature.geometry ?? null,
      point: pick?.point ?? null,
      sketch: { points, ring: kind === "area" },
    };
  }

  /** Begins to measure, or ends it. */
  toggleMeasuring(): void {
    if (this.measuring.measurement.get()) {
      this.measuring.stop();
      return;
    }
    this.picking.close();
    this.measuring.start("distance");
  }

  /** A point that somebody has chosen on the map: of a measurement, or to ask what is there. */
  pickAt(point: LonLat, zoom: number, byKeyboard = false): void {
    if (this.measuring.measurement.get()) this.measuring.add(point);
    else void this.picking.at(point, zoom, byKeyboard);
  }

  /** Opens the attribute table, or closes it. */
  toggleTable(): void {
    const catalogue = this.content.catalogue.get();
    if (this.tabling.view.get()) this.tabling.close();
    else if (catalogue) this.tabling.open(this.#tableLayer(catalogue));
  }

  /** The layer whose table is wanted most likely: that of the open card, or the topmost that is shown. */
  #tableLayer(catalogue: Catalogue): string {
    const readable = catalogue.layers.filter(({ table }) => table).map(({ id }) => id);
    const wanted = [this.picking.pick.get()?.chosen?.layer, ...this.shownOrder(this.visibility.get()).reverse()];
    return wanted.find((id) => id !== undefined && readable.includes(id)) ?? readable[0] ?? "";
  }

  /** Goes to a point, closer if the view is far away. */
  #goNear([lon, lat]: readonly [number, number]): void {
    const zoom = Math.max(this.view.get()?.zoom ?? 0, OBJECT_ZOOM);
    this.camera.emit({ kind: "go", view: { lon, lat, zoom, bearing: 0, pitch: 0 } });
  }

  /** Goes back to where the map begins. */
  goHome(): void {
    const city = this.content.catalogue.get()?.city;
    if (city) this.camera.emit({ kind: "go", view: startingView(city) });
  }

  resetLayers(): void {
    const catalogue = this.content.catalogue.get();
    if (catalogue) this.visibility.set(initialVisibility(catalogue));
  }

  /** Moves a shown layer of a theme up or down in the drawing. */
  moveLayer(layer: string, by: number): void {
    const shown = this.shownOrder(this.visibility.get());
    const order = moved(shown, layer, by);
    const { order: before, ...rest } = this.visibility.get();
    const natural = this.shownOrder({ ...rest, order: [] });
    this.visibility.set({ ...rest, order: same(order, natural) ? [] : same(order, shown) ? before : order });
  }

  /** Ids of the shown layers of the themes, topmost first. */
  shownOrder({ hidden, order }: Visibility): string[] {
    const document = this.content.document.get();
    const shown = document ? drawnOrder(document).filter((id) => !hidden.has(id)) : [];
    return arranged(shown, order);
  }

  /** Fits what is shown to the catalogue: at first as the address asked, later as the person has left it. */
  #fitCatalogue(): void {
    let before: Catalogue | null = null;
    this.content.catalogue.subscribe((catalogue) => {
      if (!catalogue) return;
      const wanted = before ? changesOf(before, this.visibility.get()) : this.#wantedLayers;
      if (!before || !sameLayers(before, catalogue)) this.visibility.set(applyChanges(catalogue, wanted));
      before = catalogue;
      if (!this.view.get()) this.view.set(startingView(catalogue.city));
    });
  }

  #question(zoom: number) {
    const catalogue = this.content.catalogue.get();
    const layers = catalogue ? identifiable(catalogue, this.visibility.get(), zoom) : [];
    return { layers, language: this.appearance.language.get() };
  }
}

function lonLat(view: View | null): LonLat | null {
  return view && { lon: view.lon, lat: view.lat };
}

function sameLayers(a: Catalogue, b: Catalogue): boolean {
  return same(
    a.layers.map(({ id }) => id),
    b.layers.map(({ id }) => id),
  );
}

function same(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((id, i) => id === b[i]);
}

function startingView({ center: [lon, lat], zoom }: City): View {
  return { lon, lat, zoom, bearing: 0, pitch: 0 };
}
