import { chooseLanguage, type Language } from "../core/language";
import type { Settings } from "../core/settings";
import { Store, type Readable } from "../core/store";
import { THEMES, type Theme } from "../core/theme";

/** What the browser says of its person. */
export interface Surroundings {
  /** BCP 47 tags, best first. */
  languages: readonly string[];
  /** Whether the system is dark; may change while the page is open. */
  dark: Readable<boolean>;
}

/**
 * Theme and language: those chosen here or in the address, else those of the
 * browser. Only choices are written into addresses, so that a link does not
 * force what nobody asked for.
 */
export class Appearance {
  readonly theme: Store<Theme>;
  readonly language: Store<Language>;
  #chosenTheme: Theme | undefined;
  #chosenLanguage: Language | undefined;

  constructor(
    private readonly settings: Store<Settings>,
    private readonly surroundings: Surroundings,
  ) {
    const { theme, language } = settings.get();
    this.#chosenTheme = theme;
    this.#chosenLanguage = language;
    this.theme = new Store(this.#presentTheme());
    this.language = new Store(this.#presentLanguage());
    surroundings.dark.subscribe(() => this.theme.set(this.#presentTheme()));
  }

  get chosen(): { theme?: Theme; language?: Language } {
    return {
      ...(this.#chosenTheme && { theme: this.#chosenTheme }),
      ...(this.#chosenLanguage && { language: this.#chosenLanguage }),
    };
  }

  chooseTheme(theme: Theme): void {
    this.settings.update((settings) => ({ ...settings, theme }));
    this.follow({ ...this.chosen, theme });
  }

  chooseLanguage(language: Language): void {
    this.settings.update((settings) => ({ ...settings, language }));
    this.follow({ ...this.chosen, language });
  }

  nextTheme(): void {
    const next = (THEMES.indexOf(this.theme.get()) + 1) % THEMES.length;
    this.chooseTheme(THEMES[next] ?? "day");
  }

  /** Takes over the choices of an address; without one the browser decides again. Remembers nothing. */
  follow({ theme, language }: { theme?: Theme; language?: Language }): void {
    this.#chosenTheme = theme;
    this.#chosenLanguage = language;
    this.theme.set(this.#presentTheme());
    this.language.set(this.#presentLanguage());
  }

  #presentTheme(): Theme {
    return this.#chosenTheme ?? (this.surroundings.dark.get() ? "night" : "day");
  }

  #presentLanguage(): Language {
    return this.#chosenLanguage ?? chooseLanguage(this.surroundings.languages);
  }
}
