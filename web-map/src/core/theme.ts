/** The themes of map and interface; pale is day with a map that stays behind its data. */
export const THEMES = ["day", "pale", "night"] as const;

export type Theme = (typeof THEMES)[number];

export function isTheme(name: unknown): name is Theme {
  return THEMES.some((theme) => theme === name);
}
