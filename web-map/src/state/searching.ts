import type { Api, SearchResult } from "../core/api";
import type { LonLat } from "../core/coordinates";
import { asFailure, isAbort, type Failure } from "../core/failure";
import type { Language } from "../core/language";
import { Store, type Readable } from "../core/store";

/** What a person is looking for, and what there is of it so far. */
export interface Search {
  text: string;
  status: "idle" | "looking" | "done" | "failed";
  results: readonly SearchResult[];
  /** Titles of layers that did not answer. */
  failedLayers: readonly string[];
  failure: Failure | null;
}

/** What a search needs to know besides its words. */
export interface SearchContext {
  language: Language;
  /** The middle of the map: what is near comes first. */
  near: LonLat | null;
}

/** A pause between keystrokes after which the server is asked. */
const PAUSE_MILLISECONDS = 180;
/** One letter finds everything, which is nothing. */
const LEAST_LETTERS = 2;

const NOTHING: Search = { text: "", status: "idle", results: [], failedLayers: [], failure: null };

/** Looks for what a person types, as they type. Earlier answers stay until the next one is there. */
export class Searching {
  readonly #search = new Store<Search>(NOTHING);
  #asking = new AbortController();
  #pause: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly api: Api,
    private readonly context: () => SearchContext,
  ) {}

  get search(): Readable<Search> {
    return this.#search;
  }

  type(text: string): void {
    this.#drop();
    if (text.trim().length < LEAST_LETTERS) {
      this.#search.set({ ...NOTHING, text });
      return;
    }
    this.#search.update((search) => ({ ...search, text, status: "looking", failure: null }));
    this.#pause = setTimeout(() => void this.#ask(text.trim()), PAUSE_MILLISECONDS);
  }

  /** Asks again for what was typed. */
  retry(): void {
    this.type(this.#search.get().text);
  }

  clear(): void {
    this.type("");
  }

  async #ask(text: string): Promise<void> {
    const { signal } = this.#asking;
    try {
      const { results, errors } = await this.api.search({ text, ...this.context() }, signal);
      this.#change(signal, { status: "done", results, failedLayers: errors.map(({ title }) => title) });
    } catch (error) {
      if (!isAbort(error)) this.#change(signal, { status: "failed", results: [], failure: asFailure(error) });
    }
  }

  #drop(): void {
    clearTimeout(this.#pause);
    this.#asking.abort();
    this.#asking = new AbortController();
  }

  #change(signal: AbortSignal, change: Partial<Search>): void {
    if (!signal.aborted) this.#search.update((search) => ({ ...search, ...change }));
  }
}
