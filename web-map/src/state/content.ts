import type { StyleSpecification } from "maplibre-gl";
import type { Api } from "../core/api";
import type { Catalogue } from "../core/catalogue";
import { Failure, isAbort } from "../core/failure";
import type { Language } from "../core/language";
import type { Legends } from "../core/legend";
import { Store } from "../core/store";
import type { Theme } from "../core/theme";
import type { Notices } from "./notices";

/** What the server says there is to show, in the present theme and language. */
export class Content {
  readonly catalogue = new Store<Catalogue | null>(null);
  readonly document = new Store<StyleSpecification | null>(null);
  readonly legends = new Store<Legends>({});
  /** Why there is nothing to show; null while there is, or while it loads. */
  readonly failure = new Store<Failure | null>(null);

  #loading = new AbortController();

  constructor(
    private readonly api: Api,
    private readonly notices: Notices,
  ) {}

  /** Fetches everything in this theme and language; what is there meanwhile stays. */
  async load(theme: Theme, language: Language): Promise<void> {
    this.#loading.abort();
    this.#loading = new AbortController();
    const { signal } = this.#loading;
    this.failure.set(null);
    this.notices.dismiss("content");
    try {
      await (this.catalogue.get() ? this.#replace(theme, language, signal) : this.#fill(theme, language, signal));
    } catch (error) {
      if (!isAbort(error) && !signal.aborted) this.#fail(error, () => void this.load(theme, language));
    }
  }

  /** The first time, each is shown as it comes. */
  async #fill(theme: Theme, language: Language, signal: AbortSignal): Promise<void> {
    await Promise.all([
      this.api.catalogue(language, signal).then((catalogue) => this.catalogue.set(catalogue)),
      this.api.style(theme, language, signal).then((document) => this.document.set(document)),
      this.api.legends(theme, language, signal).then((legends) => this.legends.set(legends)),
    ]);
  }

  /** Later they change together, so that no layer is drawn that the catalogue does not name. */
  async #replace(theme: Theme, language: Language, signal: AbortSignal): Promise<void> {
    const [catalogue, document, legends] = await Promise.all([
      this.api.catalogue(language, signal),
      this.api.style(theme, language, signal),
      this.api.legends(theme, language, signal),
    ]);
    this.catalogue.set(catalogue);
    this.legends.set(legends);
    this.document.set(document);
  }

  #fail(error: unknown, retry: () => void): void {
    if (this.catalogue.get() && this.document.get()) this.notices.showFailure("content", error, retry);
    else this.failure.set(error instanceof Failure ? error : new Failure("broken", "", { cause: error }));
  }
}
