import type { Api, Projected } from "../core/api";
import type { LonLat } from "../core/coordinates";
import { asFailure, isAbort, type Failure } from "../core/failure";
import { foundIn, referenceTo, sameObject, type Found } from "../core/found";
import type { Language } from "../core/language";
import type { ObjectReference } from "../core/permalink";
import { Store, type Readable } from "../core/store";

/** What a person asked of the map, and the answer as far as it is there. */
export interface Pick {
  /** Where they asked; null for an object that came with an address. */
  point: LonLat | null;
  status: "looking" | "done" | "failed";
  found: readonly Found[];
  /** Ids of layers that did not answer. */
  failedLayers: readonly string[];
  /** The object whose card is open and which the map highlights. */
  chosen: ObjectReference | null;
  /** The point in the city's CRS: null while unknown, a Failure if it could not be had. */
  projected: Projected | Failure | null;
  failure: Failure | null;
  /** Whether it was asked with the keyboard, so that the focus follows to the answer. */
  byKeyboard: boolean;
}

/** What a question needs to know besides its point. */
export interface Question {
  layers: readonly string[];
  language: Language;
}

/** Quick clicks ask for the coordinates of the last one only. */
const TRANSFORM_DELAY_MILLISECONDS = 200;

const LOOKING: Pick = {
  point: null,
  status: "looking",
  found: [],
  failedLayers: [],
  chosen: null,
  projected: null,
  failure: null,
  byKeyboard: false,
};

/** Asks what is at a point, or for one object, and keeps the answer. A new question drops the old one. */
export class Picking {
  readonly #pick = new Store<Pick | null>(null);
  #asking = new AbortController();
  /** Of the present question. */
  #zoom = 0;

  constructor(
    private readonly api: Api,
    private readonly question: (zoom: number) => Question,
  ) {}

  get pick(): Readable<Pick | null> {
    return this.#pick;
  }

  async at(point: LonLat, zoom: number, byKeyboard = false): Promise<void> {
    this.#zoom = zoom;
    const signal = this.#begin({ ...LOOKING, point, byKeyboard });
    await Promise.all([this.#identify(point, zoom, signal), this.#project(point, signal)]);
  }

  /** Opens the card of one object, unless it is open. */
  async open(reference: ObjectReference, byKeyboard = false): Promise<void> {
    if (sameObject(this.#pick.get()?.chosen ?? null, reference)) return;
    if (this.choose(reference)) return;
    const signal = this.#begin({ ...LOOKING, chosen: reference, byKeyboard });
    await this.#answer(signal, async () => {
      const feature = await this.api.item(reference.layer, reference.id, signal);
      return { status: "done", found: [{ layer: reference.layer, feature }] };
    });
  }

  /** Opens another card of the present answer, or none; false if the answer does not hold it. */
  choose(reference: ObjectReference | null): boolean {
    const pick = this.#pick.get();
    if (!pick || (reference && !pick.found.some((found) => sameObject(referenceTo(found), reference)))) return false;
    this.#pick.set({ ...pick, chosen: reference });
    return true;
  }

  /** Asks again for what is open, because the answer may be another by now. */
  reload(): void {
    const pick = this.#pick.get();
    if (pick?.point) void this.at(pick.point, this.#zoom);
    else if (pick?.chosen) {
      this.close();
      void this.open(pick.chosen);
    }
  }

  close(): void {
    this.#asking.abort();
    this.#pick.set(null);
  }

  async #identify(point: LonLat, zoom: number, signal: AbortSignal): Promise<void> {
    await this.#answer(signal, async () => {
      const query = { ...point, zoom: Math.round(zoom * 100) / 100, ...this.question(zoom) };
      const answer = query.layers.length ? await this.api.identify(query, signal) : { results: [], errors: [] };
      const found = foundIn(answer);
      return {
        status: "done",
        found,
        failedLayers: answer.errors.map(({ layer }) => layer),
        chosen: found[0] ? referenceTo(found[0]) : null,
      };
    });
  }

  async #project(point: LonLat, signal: AbortSignal): Promise<void> {
    try {
      await delay(TRANSFORM_DELAY_MILLISECONDS, signal);
      const projected = await this.api.transform(point.lon, point.lat, signal);
      this.#change(signal, { projected });
    } catch (error) {
      if (!isAbort(error)) this.#change(signal, { projected: asFailure(error) });
    }
  }

  async #answer(signal: AbortSignal, ask: () => Promise<Partial<Pick>>): Promise<void> {
    try {
      this.#change(signal, await ask());
    } catch (error) {
      if (!isAbort(error)) this.#change(signal, { status: "failed", failure: asFailure(error) });
    }
  }

  #begin(pick: Pick): AbortSignal {
    this.#asking.abort();
    this.#asking = new AbortController();
    this.#pick.set(pick);
    return this.#asking.signal;
  }

  /** Answers that come after the next question are for nobody. */
  #change(signal: AbortSignal, change: Partial<Pick>): void {
    const pick = this.#pick.get();
    if (pick && !signal.aborted) this.#pick.set({ ...pick, ...change });
  }
}

function delay(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(new DOMException("superseded", "AbortError"));
    });
  });
}
