/** What a single key does anywhere in the map. */
export const SHORTCUTS = [
  { key: "f", action: "search" },
  { key: "l", action: "layers" },
  { key: "m", action: "measure" },
  { key: "p", action: "print" },
  { key: "d", action: "dispatch" },
  { key: "t", action: "table" },
  { key: "n", action: "theme" },
  { key: "h", action: "home" },
  { key: "c", action: "share" },
  { key: "?", action: "help" },
] as const;

export type ShortcutAction = (typeof SHORTCUTS)[number]["action"];

/** What of a keyboard event decides; the layout's own letter may be Cyrillic, so the key's place counts too. */
export interface Keystroke {
  key: string;
  /** Place on the keyboard, as in KeyboardEvent.code: "KeyL". */
  code: string;
  ctrlKey: boolean;
  altKey: boolean;
  metaKey: boolean;
}

/** The action of a keystroke, if it is a shortcut. Whoever calls sees to it that nobody is typing. */
export function shortcutOf(stroke: Keystroke): ShortcutAction | undefined {
  if (stroke.ctrlKey || stroke.altKey || stroke.metaKey) return undefined;
  const letter = /^[a-z]$/i.test(stroke.key) ? stroke.key.toLowerCase() : letterAt(stroke.code);
  return SHORTCUTS.find(({ key }) => key === stroke.key || key === letter)?.action;
}

function letterAt(code: string): string | undefined {
  return /^Key([A-Z])$/.exec(code)?.[1]?.toLowerCase();
}
