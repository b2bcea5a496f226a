import type { Fleet } from "../core/fleet";
import { parseObjects, parseRemoved, type LiveFeature } from "../core/live";
import { Store } from "../core/store";

/** Keeps a fleet as the server's events tell of it. */
export class FleetStream {
  /** Ids of layers whose stream is broken off at present. */
  readonly broken = new Store<ReadonlySet<string>>(new Set());

  /** @param replaced is called when all of a layer has come */
  constructor(
    private readonly fleet: Fleet,
    private readonly replaced: () => void,
  ) {}

  /**
   * Takes in what a stream tells of a layer, until the returned function is called. A stream that breaks off is opened
   * again by the browser, and begins with all there is.
   */
  listen(layer: string, source: EventSource): () => void {
    const features = (take: (features: LiveFeature[]) => void) => (event: Event) => {
      const parsed = parseObjects((event as MessageEvent<string>).data);
      if (parsed) take(parsed);
    };
    source.addEventListener(
      "snapshot",
      features((all) => {
        this.fleet.replace(layer, all);
        this.replaced();
      }),
    );
    source.addEventListener(
      "update",
      features((some) => this.fleet.update(layer, some)),
    );
    source.addEventListener("remove", ({ data }: MessageEvent<string>) => {
      this.fleet.remove(layer, parseRemoved(data) ?? []);
    });
    source.addEventListener("open", () => this.#note(layer, false));
    source.addEventListener("error", () => this.#note(layer, true));
    return () => source.close();
  }

  #note(layer: string, broken: boolean): void {
    const others = [...this.broken.get()].filter((id) => id !== layer);
    this.broken.set(new Set(broken ? [...others, layer] : others));
  }
}
