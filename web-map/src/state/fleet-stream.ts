import type { Fleet } from "../core/fleet";
import { parseObjects, parseRemoved } from "../core/live";
import { Store } from "../core/store";
import { keepOpen } from "../core/stream";

/** Keeps a fleet as the server's events tell of it. */
export class FleetStream {
  /** Whether the stream is broken off at present. */
  readonly broken = new Store(false);

  /** @param replaced is called when all of a layer has come */
  constructor(
    private readonly fleet: Fleet,
    private readonly replaced: () => void,
  ) {}

  /** Takes in what a stream tells, which begins with all there is, until the returned function is called. */
  follow(open: () => EventSource): () => void {
    return keepOpen(open, (source) => {
      const on = (name: string, take: (data: string) => void) =>
        source.addEventListener(name, ({ data }: MessageEvent<string>) => take(data));
      on("snapshot", (data) => this.#replace(data));
      on("update", (data) => {
        const { layer, features } = parseObjects(data) ?? {};
        if (layer !== undefined && features) this.fleet.update(layer, features);
      });
      on("remove", (data) => {
        const { layer, ids } = parseRemoved(data) ?? {};
        if (layer !== undefined && ids) this.fleet.remove(layer, ids);
      });
      source.addEventListener("open", () => this.broken.set(false));
      source.addEventListener("error", () => this.broken.set(true));
    });
  }

  #replace(data: string): void {
    const objects = parseObjects(data);
    if (!objects) return;
    this.fleet.replace(objects.layer, objects.features);
    this.replaced();
  }
}
