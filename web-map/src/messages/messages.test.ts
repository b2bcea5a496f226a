import { expect, test } from "vitest";
import { LANGUAGES, type Language } from "../core/language";
import { formatMessage } from "../core/message";
import administrationEn from "./administration/en.json";
import administrationKy from "./administration/ky.json";
import administrationRu from "./administration/ru.json";
import dispatchEn from "./dispatch/en.json";
import dispatchKy from "./dispatch/ky.json";
import dispatchRu from "./dispatch/ru.json";
import mapEn from "./en.json";
import mapKy from "./ky.json";
import mapRu from "./ru.json";

type Catalogues = Record<Language, Record<string, string>>;
const parts: Record<string, Catalogues> = {
  map: { ru: mapRu, en: mapEn, ky: mapKy },
  administration: { ru: administrationRu, en: administrationEn, ky: administrationKy },
  dispatch: { ru: dispatchRu, en: dispatchEn, ky: dispatchKy },
};
const cases = Object.entries(parts).flatMap(([part, catalogues]) =>
  LANGUAGES.map((language) => ({ part, language, catalogue: catalogues[language], en: catalogues.en })),
);

const placeholders = (message: string) =>
  [...new Set([...message.matchAll(/\{(\w+)(?=[,}])/g)].map(([, name]) => name))].sort();

test.each(cases)("$part in $language has the keys of the others, in alphabetical order", ({ catalogue, en }) => {
  expect(Object.keys(catalogue)).toEqual(Object.keys(en).sort());
});

test.each(cases)("$part in $language has no empty text and each text formats", ({ catalogue, language }) => {
  for (const [key, message] of Object.entries(catalogue)) {
    const parameters = Object.fromEntries(placeholders(message).map((name) => [name ?? "", 2]));
    expect(formatMessage(message, language, parameters).trim(), key).not.toBe("");
  }
});

test.each(cases)("$part in $language uses the same parameters as English", ({ catalogue, en }) => {
  for (const [key, message] of Object.entries(en)) {
    expect(placeholders(catalogue[key] ?? ""), key).toEqual(placeholders(message));
  }
});

test.each(cases)("$part in $language has every plural category that its numbers need", ({ catalogue, language }) => {
  const categories = new Intl.PluralRules(language).resolvedOptions().pluralCategories;
  for (const [key, message] of Object.entries(catalogue)) {
    if (!message.includes(", plural,")) continue;
    for (const category of categories) expect(message, key).toContain(`${category} {`);
  }
});

test("no key is in two parts", () => {
  const keys = Object.values(parts).flatMap(({ en }) => Object.keys(en));
  expect(keys).toHaveLength(new Set(keys).size);
});
