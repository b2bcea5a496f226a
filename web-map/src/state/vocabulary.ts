import type { Language } from "../core/language";
import { Store, type Readable } from "../core/store";
import { loadWords, type Part, type Words } from "../messages";

/** The texts of the interface in the present language: those of the map, and what else somebody has opened. */
export class Vocabulary implements Readable<Words> {
  readonly #parts = new Set<Part>(["map"]);
  readonly #words: Store<Words>;

  private constructor(
    words: Words,
    private readonly language: Readable<Language>,
  ) {
    this.#words = new Store(words);
    language.subscribe(() => void this.#load());
  }

  static async begin(language: Readable<Language>): Promise<Vocabulary> {
    return new Vocabulary(await loadWords(language.get(), ["map"]), language);
  }

  get(): Words {
    return this.#words.get();
  }

  subscribe(run: (words: Words) => void): () => void {
    return this.#words.subscribe(run);
  }

  /** Fetches the texts of a part, now and in every language that is chosen later. */
  async need(part: Part): Promise<void> {
    this.#parts.add(part);
    await this.#load();
  }

  /** Of two quick switches the later one holds, whichever arrives first. */
  async #load(): Promise<void> {
    const language = this.language.get();
    const parts = [...this.#parts];
    const words = await loadWords(language, parts);
    if (this.language.get() === language && parts.length === this.#parts.size) this.#words.set(words);
  }
}
