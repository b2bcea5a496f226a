import type { Api, TableQuery, TableRow } from "../core/api";
import { asFailure, isAbort, type Failure } from "../core/failure";
import { filterText, type Conditions } from "../core/filter";
import type { Bounds } from "../core/catalogue";
import type { Language } from "../core/language";
import type { ObjectReference } from "../core/permalink";
import { Store } from "../core/store";

/** Which rows of which layer, in which order. */
export interface TableView {
  layer: string;
  sort: { field: string; descending: boolean } | null;
  conditions: Conditions;
  /** Only features in this box; null for all. */
  bounds: Bounds | null;
}

/** What is there of a table so far. */
export interface TableContent {
  /** Number of rows; null until the first answer. */
  total: number | null;
  columns: readonly string[];
  /** Rows by their place. */
  rows: ReadonlyMap<number, TableRow>;
  failure: Failure | null;
}

const PAGE = 100;
/** Rows kept; the rest are asked for again when they come into sight. */
const MOST_PAGES = 60;
/** Rows that fly past in a scroll are not asked for. */
const PAUSE_MILLISECONDS = 80;

const NOTHING: TableContent = { total: null, columns: [], rows: new Map(), failure: null };

/** The attribute table of one layer at a time, fetched page by page as rows come into sight. */
export class Tabling {
  readonly view = new Store<TableView | null>(null);
  readonly content = new Store<TableContent>(NOTHING);
  #asking = new AbortController();
  #pages = new Map<number, "asked" | "there">();
  #pause: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly api: Api,
    private readonly language: () => Language,
  ) {}

  open(layer: string): void {
    if (this.view.get()?.layer !== layer) this.show({ layer, sort: null, conditions: {}, bounds: null });
  }

  close(): void {
    this.#restart();
    this.view.set(null);
  }

  /** Shows other rows, from the first on. */
  show(view: TableView): void {
    this.#restart();
    this.view.set(view);
    this.content.update(({ total, columns }) => ({ ...NOTHING, total, columns }));
    void this.#fetch(0);
  }

  /** Fetches everything anew, because it failed or has changed. */
  reload(): void {
    const view = this.view.get();
    if (view) this.show({ ...view });
  }

  /** Says which rows are in sight: those that are not there yet are fetched. */
  look(first: number, end: number): void {
    clearTimeout(this.#pause);
    this.#pause = setTimeout(() => {
      for (let page = Math.floor(first / PAGE); page * PAGE < end; page++) {
        if (!this.#pages.has(page)) void this.#fetch(page);
      }
    }, PAUSE_MILLISECONDS);
  }

  /** The place of a feature in the present order, or null if these rows do not hold it. */
  async placeOf({ layer, id }: ObjectReference): Promise<number | null> {
    const view = this.view.get();
    if (view?.layer !== layer) return null;
    try {
      const { offset } = await this.api.tablePosition(layer, id, this.#query(view), this.#asking.signal);
      return offset;
    } catch {
      return null; // Filtered out, gone, or not to be had: the table stays where it is.
    }
  }

  async #fetch(page: number): Promise<void> {
    const view = this.view.get();
    if (!view) return;
    const { signal } = this.#asking;
    this.#pages.set(page, "asked");
    try {
      const query = { ...this.#query(view), offset: page * PAGE, limit: PAGE };
      const { total, columns, rows } = await this.api.table(view.layer, query, signal);
      this.#pages.set(page, "there");
      this.content.update((content) => ({
        total,
        columns,
        rows: withPage(this.#kept(content.rows, page), page, rows),
        failure: null,
      }));
    } catch (error) {
      if (isAbort(error) || signal.aborted) return;
      this.#pages.delete(page);
      this.content.update((content) => ({ ...content, failure: asFailure(error) }));
    }
  }

  /** Forgets the pages that are farthest from one that has come. */
  #kept(rows: ReadonlyMap<number, TableRow>, page: number): Map<number, TableRow> {
    const kept = new Map(rows);
    const farthest = [...this.#pages.keys()].sort((a, b) => Math.abs(b - page) - Math.abs(a - page));
    for (const far of farthest.slice(0, Math.max(0, this.#pages.size - MOST_PAGES))) {
      this.#pages.delete(far);
      for (let place = far * PAGE; place < (far + 1) * PAGE; place++) kept.delete(place);
    }
    return kept;
  }

  #query({ sort, conditions, bounds }: TableView): TableQuery {
    return {
      language: this.language(),
      sortby: sort ? `${sort.descending ? "-" : ""}${sort.field}` : "",
      filter: filterText(conditions),
      bbox: bounds,
    };
  }

  #restart(): void {
    clearTimeout(this.#pause);
    this.#asking.abort();
    this.#asking = new AbortController();
    this.#pages = new Map();
  }
}

function withPage(rows: Map<number, TableRow>, page: number, add: readonly TableRow[]): Map<number, TableRow> {
  add.forEach((row, i) => rows.set(page * PAGE + i, row));
  return rows;
}
