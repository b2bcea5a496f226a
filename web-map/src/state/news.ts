import { parseChanges, type Changes } from "../core/changes";
import type { Signal } from "../core/store";
import { keepOpen } from "../core/stream";

/** What the stream tells of its reader. */
export interface NewsOfUs {
  /** It broke off: the network, or a session that has ended. */
  lost: () => void;
  /** What we may see has changed. */
  rights: () => void;
}

/**
 * Tells of changes as the server sends them. The browser reconnects by itself
 * and says which event it saw last, so that nothing is missed; after a refusal
 * everything may have changed.
 *
 * @returns what ends it
 */
export function followNews(open: () => EventSource, changes: Signal<Changes>, { lost, rights }: NewsOfUs): () => void {
  return keepOpen(open, (source, again) => {
    source.addEventListener("change", ({ data }: MessageEvent<string>) => {
      const parsed = parseChanges(data);
      if (parsed !== undefined) changes.emit(parsed);
    });
    if (again) source.addEventListener("open", () => changes.emit(null), { once: true });
    source.addEventListener("reload", () => changes.emit(null));
    source.addEventListener("rights", () => rights());
    source.addEventListener("error", () => lost());
  });
}
