import { isLanguage, type Language } from "./language";
import { Store } from "./store";
import { isTheme, type Theme } from "./theme";

/** What a person chose on this device; what they did not choose is absent. */
export interface Settings {
  language?: Language;
  theme?: Theme;
  /** Whether single keys are shortcuts; they are unless switched off (WCAG 2.2, 2.1.4). */
  shortcuts?: boolean;
  /** Ids of groups whose layers are folded away or out, where it differs from the beginning. */
  groups?: Record<string, boolean>;
}

const KEY = "kvartal.settings";

/** Settings kept in the browser's storage, where the browser lets us. */
export function storedSettings(storage: Pick<Storage, "getItem" | "setItem"> | undefined): Store<Settings> {
  const settings = new Store(readSettings(storage?.getItem(KEY) ?? null));
  settings.subscribe((value) => {
    try {
      storage?.setItem(KEY, JSON.stringify(value));
    } catch {
      // Full or forbidden storage: the choice lasts as long as the page.
    }
  });
  return settings;
}

/** Reads what an earlier, later or broken version may have written. */
export function readSettings(text: string | null): Settings {
  let read: Record<string, unknown>;
  try {
    read = Object(JSON.parse(text ?? "{}")) as Record<string, unknown>;
  } catch {
    return {};
  }
  const settings: Settings = {};
  if (isLanguage(read.language)) settings.language = read.language;
  if (isTheme(read.theme)) settings.theme = read.theme;
  if (typeof read.shortcuts === "boolean") settings.shortcuts = read.shortcuts;
  const groups = Object.entries(Object(read.groups) as Record<string, unknown>);
  if (groups.length) settings.groups = Object.fromEntries(groups.map(([id, open]) => [id, open === true]));
  return settings;
}
