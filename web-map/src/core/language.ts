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

/**
 * What numbers and dates of a language are written by, best first. Chromium
 * knows no Kyrgyz; what Russian does with numbers is what Kyrgyz does.
 *
 * @returns BCP 47 tags, as the constructors of Intl take them
 */
export function locales(language: Language): Language[] {
  return language === "ky" ? ["ky", "ru"] : [language];
}
