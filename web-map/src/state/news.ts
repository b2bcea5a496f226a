import { parseChanges, type Changes } from "../core/changes";
import type { Signal } from "../core/store";

/**
 * Tells of changes as the server sends them. The browser reconnects by itself
 * and says which event it saw last, so that nothing is missed.
 *
 * @returns what ends it
 */
export function followNews(source: EventSource, changes: Signal<Changes>): () => void {
  source.addEventListener("change", ({ data }: MessageEvent<string>) => {
    const parsed = parseChanges(data);
    if (parsed !== undefined) changes.emit(parsed);
  });
  source.addEventListener("reload", () => changes.emit(null));
  return () => source.close();
}
