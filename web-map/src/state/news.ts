import { parseChanges, type Changes } from "../core/changes";
import type { Signal } from "../core/store";

/**
 * Tells of changes as the server sends them. The browser reconnects by itself
 * and says which event it saw last, so that nothing is missed.
 *
 * @param lost called when the stream breaks off: the network, or a session that has ended
 * @returns what ends it
 */
export function followNews(source: EventSource, changes: Signal<Changes>, lost: () => void): () => void {
  source.addEventListener("change", ({ data }: MessageEvent<string>) => {
    const parsed = parseChanges(data);
    if (parsed !== undefined) changes.emit(parsed);
  });
  source.addEventListener("reload", () => changes.emit(null));
  source.addEventListener("error", () => lost());
  return () => source.close();
}
