import { expect, test } from "vitest";
import { chooseLanguage, locales } from "./language";

test.each([
  [["ru-RU", "en"], "ru"],
  [["ky-KG", "ru"], "ky"],
  [["de-DE", "ru"], "ru"],
  [["EN-gb"], "en"],
  [["de", "fr"], "en"],
  [[], "en"],
])("chooseLanguage(%j) = %s", (preferred, want) => {
  expect(chooseLanguage(preferred)).toBe(want);
});

test("numbers and dates of a language that the browser does not know are written as a neighbour writes them", () => {
  expect(locales("ky")).toEqual(["ky", "ru"]);
  expect(locales("en")).toEqual(["en"]);
});
