import type { Language } from "../core/language";
import { formatMessage, type MessageParameters } from "../core/message";
import type english from "./en.json";

export type MessageKey = keyof typeof english;

/** The texts of the interface in one language. */
export interface Words {
  readonly language: Language;
  /** A text, its parameters filled in. */
  readonly text: (key: MessageKey, parameters?: MessageParameters) => string;
  /** A unit of measure by its UCUM code, or undefined if the catalogues do not know it. */
  readonly unit: (ucum: string) => string | undefined;
}

type Catalogue = Readonly<Record<string, string>>;

const catalogues: Record<Language, () => Promise<{ default: Catalogue }>> = {
  ru: () => import("./ru.json"),
  en: () => import("./en.json"),
  ky: () => import("./ky.json"),
};

/** Fetches one language's texts: a person needs one, not all. */
export async function loadWords(language: Language): Promise<Words> {
  const { default: catalogue } = await catalogues[language]();
  return {
    language,
    text: (key, parameters) => formatMessage(catalogue[key] ?? key, language, parameters),
    unit: (ucum) => catalogue[`unit.${ucum}`],
  };
}
