import { asFailure, isAbort, type Failure } from "../core/failure";
import type { LiveApi, UnknownDevice } from "../core/live";
import { Store } from "../core/store";

/** How often is asked how many there are, in milliseconds. */
const INTERVAL = 10_000;

/** Devices that tell and that no register has, for those who see the register. */
export class Unknowns {
  /** How many there are; null for those who may not know. */
  readonly count = new Store<number | null>(null);
  /** Those that are looked at, heard last first; null while nobody looks. */
  readonly devices = new Store<readonly UnknownDevice[] | null>(null);
  readonly failure = new Store<Failure | null>(null);

  #timer: ReturnType<typeof setInterval> | undefined;
  #looking: AbortController | undefined;

  constructor(private readonly api: LiveApi) {}

  /** Keeps the count right from now on; who may not know is not asked for again. */
  start(count: number | undefined): void {
    if (count === undefined) return;
    this.count.set(count);
    this.#timer = setInterval(() => void this.#ask(), INTERVAL);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#looking?.abort();
  }

  /** Begins to look at them, or ends it. */
  look(at: boolean): void {
    this.#looking?.abort();
    this.#looking = at ? new AbortController() : undefined;
    if (at) void this.#read();
    else this.devices.set(null);
  }

  async #ask(): Promise<void> {
    try {
      const { unknown = 0 } = await this.api.overview();
      this.count.set(unknown);
      if (this.#looking) await this.#read();
    } catch (error) {
      this.failure.set(asFailure(error));
    }
  }

  async #read(): Promise<void> {
    const { signal } = this.#looking ?? {};
    try {
      const devices = await this.api.unknown(signal);
      if (signal?.aborted) return;
      this.failure.set(null);
      this.devices.set(devices);
    } catch (error) {
      if (!isAbort(error)) this.failure.set(asFailure(error));
    }
  }
}
