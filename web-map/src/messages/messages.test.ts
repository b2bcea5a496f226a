import { expect, test } from "vitest";
import { LANGUAGES, type Language } from "../core/language";
import { formatMessage } from "../core/message";
import en from "./en.json";
import ky from "./ky.json";
import ru from "./ru.json";

const catalogues: Record<Language, Record<string, string>> = { ru, en, ky };

const placeholders = (message: string) =>
  [...new Set([...message.matchAll(/\{(\w+)(?=[,}])/g)].map(([, name]) => name))].sort();

test.each(LANGUAGES)("%s has the keys of the others, in alphabetical order", (language) => {
  expect(Object.keys(catalogues[language])).toEqual(Object.keys(en).sort());
});

test.each(LANGUAGES)("%s has no empty text and each text formats", (language) => {
  for (const [key, message] of Object.entries(catalogues[language])) {
    const parameters = Object.fromEntries(placeholders(message).map((name) => [name ?? "", 2]));
    expect(formatMessage(message, language, parameters).trim(), key).not.toBe("");
  }
});

test.each(LANGUAGES)("%s uses the same parameters as English", (language) => {
  for (const [key, message] of Object.entries(en)) {
    expect(placeholders(catalogues[language][key] ?? ""), key).toEqual(placeholders(message));
  }
});

test.each(LANGUAGES)("%s has every plural category that its numbers need", (language) => {
  const categories = new Intl.PluralRules(language).resolvedOptions().pluralCategories;
  for (const [key, message] of Object.entries(catalogues[language])) {
    if (!message.includes(", plural,")) continue;
    for (const category of categories) expect(message, key).toContain(`${category} {`);
  }
});
