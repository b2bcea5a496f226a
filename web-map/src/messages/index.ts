import type { Language } from "../core/language";
import { formatMessage, type MessageParameters } from "../core/message";
import type administration from "./administration/en.json";
import type dispatch from "./dispatch/en.json";
import type english from "./en.json";

export type MessageKey = keyof typeof english | keyof typeof administration | keyof typeof dispatch;

/** What is fetched together: the texts of the map, or of something that few people open. */
export type Part = "map" | "administration" | "dispatch";

/** The texts of the interface in one language. */
export interface Words {
  readonly language: Language;
  /** A text, its parameters filled in. */
  readonly text: (key: MessageKey, parameters?: MessageParameters) => string;
  /** A unit of measure by its UCUM code, or undefined if the catalogues do not know it. */
  readonly unit: (ucum: string) => string | undefined;
}

type Catalogue = Readonly<Record<string, string>>;

const catalogues: Record<Part, Record<Language, () => Promise<{ default: Catalogue }>>> = {
  map: {
    ru: () => import("./ru.json"),
    en: () => import("./en.json"),
    ky: () => import("./ky.json"),
  },
  administration: {
    ru: () => import("./administration/ru.json"),
    en: () => import("./administration/en.json"),
    ky: () => import("./administration/ky.json"),
  },
  dispatch: {
    ru: () => import("./dispatch/ru.json"),
    en: () => import("./dispatch/en.json"),
    ky: () => import("./dispatch/ky.json"),
  },
};

/** Fetches the texts of some parts in one language: a person needs one, not all. */
export async function loadWords(language: Language, parts: readonly Part[]): Promise<Words> {
  const loaded = await Promise.all(parts.map((part) => catalogues[part][language]()));
  const catalogue: Catalogue = Object.fromEntries(loaded.flatMap(({ default: texts }) => Object.entries(texts)));
  return {
    language,
    text: (key, parameters) => formatMessage(catalogue[key] ?? key, language, parameters),
    unit: (ucum) => catalogue[`unit.${ucum}`],
  };
}
