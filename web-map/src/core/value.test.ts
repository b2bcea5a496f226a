import { expect, test } from "vitest";
import type { Field } from "./catalogue";
import type { Language } from "./language";
import { formatValue } from "./value";

const words = { yes: "да", no: "нет", unit: (ucum: string) => ({ m2: "м²" })[ucum] };
const nbsp = "\u00a0";

const cases: [string, Partial<Field>, unknown, Language, string][] = [
  ["a code by its title", { type: "text", codes: { oak: "Дуб" } }, "oak", "ru", "Дуб"],
  ["a code of numbers", { type: "integer", codes: { "2": "Изношена" } }, 2, "ru", "Изношена"],
  ["a code that has no title", { type: "text", codes: { oak: "Дуб" } }, "elm", "ru", "elm"],
  ["nothing", { type: "text" }, null, "ru", ""],
  ["a truth", { type: "boolean" }, false, "ru", "нет"],
  ["a number with a unit", { type: "number", unit: "m2" }, 12345.5, "ru", `12${nbsp}345,5 м²`],
  ["a number of four digits", { type: "integer" }, 1987, "en", "1987"],
  ["an unknown unit", { type: "number", unit: "mS/cm" }, 3, "ru", "3 mS/cm"],
  ["the digits of a decimal", { type: "decimal" }, "1234567.00", "ru", `1${nbsp}234${nbsp}567,00`],
  ["a decimal beyond a double", { type: "decimal" }, "12345678901234567890.10", "en", "12,345,678,901,234,567,890.10"],
  ["a date", { type: "date" }, "2019-05-09", "ru", "9 мая 2019 г."],
  ["a date in English", { type: "date" }, "2019-05-09", "en", "May 9, 2019"],
  ["a date that is none", { type: "date" }, "spring", "en", "spring"],
];

test.each(cases)("%s", (_, field, value, language, want) => {
  expect(formatValue({ name: "f", title: "F", type: "text", ...field }, value, language, words)).toBe(want);
});
