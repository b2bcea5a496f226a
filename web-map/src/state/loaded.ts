import { asFailure, type Failure } from "../core/failure";
import { Store, type Readable } from "../core/store";

/** Something of the server's that is shown: as it came last, and why a later try gave nothing. */
export class Loaded<T> implements Readable<T | null> {
  readonly #value = new Store<T | null>(null);
  readonly failure = new Store<Failure | null>(null);
  #asked = 0;

  constructor(private readonly load: () => Promise<T>) {
    void this.reload();
  }

  get(): T | null {
    return this.#value.get();
  }

  subscribe(run: (value: T | null) => void): () => void {
    return this.#value.subscribe(run);
  }

  /** Asks again; of two answers that cross, the one asked for later holds. */
  async reload(): Promise<void> {
    const asked = ++this.#asked;
    try {
      const value = await this.load();
      if (asked !== this.#asked) return;
      this.failure.set(null);
      this.#value.set(value);
    } catch (error) {
      if (asked === this.#asked) this.failure.set(asFailure(error));
    }
  }
}
