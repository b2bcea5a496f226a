import { formatPermalink, parsePermalink, type Permalink } from "../core/permalink";
import type { Session } from "./session";

/** A map at rest for so long has moved; browsers refuse to rewrite an address at every frame. */
const MOVE_MILLISECONDS = 250;

/** The parts of Window that an address bar needs. */
export type AddressWindow = Pick<Window, "location" | "history" | "addEventListener">;

/**
 * Keeps the address in step with the session: whoever copies, bookmarks or
 * reloads it sees the same. Moving the map changes the present entry of the
 * browser's history; anything else makes a new one, so that "back" undoes it.
 */
export function keepAddress(session: Session, window: AddressWindow): void {
  session.follow({ ...session.appearance.chosen, ...parsePermalink(window.location.hash) });
  let written = withoutView(session.permalink());
  let scheduled = false;

  const write = () => {
    scheduled = false;
    const link = session.permalink();
    const fragment = `#${formatPermalink(link)}`;
    const rest = withoutView(link);
    if (fragment === window.location.hash) return;
    if (rest === written) window.history.replaceState(null, "", fragment);
    else window.history.pushState(null, "", fragment);
    written = rest;
  };
  const schedule = () => {
    if (!scheduled) queueMicrotask(write);
    scheduled = true;
  };
  const { appearance, visibility, view, picking } = session;
  for (const store of [appearance.theme, appearance.language, visibility, picking.pick]) store.subscribe(schedule);

  let moving: ReturnType<typeof setTimeout> | undefined;
  view.subscribe(() => {
    clearTimeout(moving);
    moving = setTimeout(write, MOVE_MILLISECONDS);
  });

  window.addEventListener("popstate", () => {
    session.follow(parsePermalink(window.location.hash));
    written = withoutView(session.permalink());
  });
}

function withoutView(link: Permalink): string {
  const { view, ...rest } = link;
  return formatPermalink(rest);
}
