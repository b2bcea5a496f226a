import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Http } from "../core/http";
import { catalogue } from "../core/fixtures";
import type { Settings } from "../core/settings";
import { Store } from "../core/store";
import { show } from "../core/visibility";
import { keepAddress, type AddressWindow } from "./address";
import { Session } from "./session";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** A browser's history as far as it concerns addresses. */
function windowAt(hash: string) {
  const entries = [hash];
  let at = 0;
  let onPopState: () => void = () => undefined;
  const window = {
    location: {
      get hash() {
        return entries[at] ?? "";
      },
    },
    history: {
      replaceState: (_: unknown, __: string, url: string) => {
        entries[at] = url;
      },
      pushState: (_: unknown, __: string, url: string) => entries.splice(++at, Infinity, url),
    },
    addEventListener: (_: string, listener: () => void) => {
      onPopState = listener;
    },
  } as unknown as AddressWindow;
  const back = () => {
    at--;
    onPopState();
  };
  return { window, entries, back };
}

function sessionOf(settings: Settings = {}) {
  const api = new Http(() => Promise.reject(new TypeError("offline")));
  const session = new Session(api, new Store(settings), { languages: ["ru"], dark: new Store(false) });
  session.content.catalogue.set(catalogue);
  return session;
}

/** Lets scheduled writes happen. */
const settle = () => vi.runAllTimersAsync();

const view = { lon: -75.52, lat: 39.16, zoom: 4, bearing: 0, pitch: 0 };

test("moving the map replaces, anything else adds an entry, back undoes it", async () => {
  const { window, entries, back } = windowAt("");
  const session = sessionOf();
  keepAddress(session, window);
  session.view.set(view);
  await settle();
  session.view.set({ ...view, zoom: 5 });
  await settle();
  session.visibility.update((visibility) => show(visibility, ["trees"], false));
  await settle();
  session.appearance.chooseTheme("night");
  await settle();
  expect(entries).toEqual([
    "#map=5/39.16/-75.52",
    "#map=5/39.16/-75.52&off=trees",
    "#map=5/39.16/-75.52&off=trees&theme=night",
  ]);

  back();
  back();
  await settle();
  expect(session.visibility.get().hidden.has("trees")).toBe(false);
  expect(session.appearance.theme.get()).toBe("day");
  expect(entries).toHaveLength(3);
});

test("an address is followed", () => {
  const session = sessionOf({ language: "en" });
  keepAddress(session, windowAt("#map=4/39.16/-75.52&off=base&opacity=trees:0.5&theme=night").window);
  expect(session.view.get()).toEqual(view);
  expect([...session.visibility.get().hidden].sort()).toEqual(["base_ocean", "base_streets", "lawns"]);
  expect(session.visibility.get().opacity.get("trees")).toBe(0.5);
  expect([session.appearance.theme.get(), session.appearance.language.get()]).toEqual(["night", "en"]);
});

test("what an address wants of layers waits for the catalogue", () => {
  const api = new Http(() => Promise.reject(new TypeError("offline")));
  const session = new Session(api, new Store({}), { languages: [], dark: new Store(false) });
  keepAddress(session, windowAt("#off=trees").window);
  session.start();
  session.content.catalogue.set(catalogue);
  expect([...session.visibility.get().hidden].sort()).toEqual(["lawns", "trees"]);
  expect(session.view.get()).toEqual({ lon: -75.52, lat: 39.16, zoom: 13, bearing: 0, pitch: 0 });
});
