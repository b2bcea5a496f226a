/** The languages of the interface, in the order in which they are offered. */
export const LANGUAGES = ["ru", "en", "ky"] as const;

export type Language = (typeof LANGUAGES)[number];

const FALLBACK: Language = "en";

export function isLanguage(tag: unknown): tag is Language {
  return LANGUAGES.some((language) => language === tag);
}

/**
 * The first language of the interface among those a person prefers.
 *
 * @param preferred BCP 47 tags, best first, as in navigator.languages
 */
export function chooseLanguage(preferred: readonly string[]): Language {
  for (const tag of preferred) {
    const primary = tag.toLowerCase().split("-")[0];
    if (isLanguage(primary)) return primary;
  }
  return FALLBACK;
}
