import { Store, type Readable } from "../core/store";

/** Whether a media query holds, as a value to watch. */
export function mediaQuery(window: Pick<Window, "matchMedia">, query: string): Readable<boolean> {
  const list = window.matchMedia(query);
  const matches = new Store(list.matches);
  list.addEventListener("change", () => matches.set(list.matches));
  return matches;
}
