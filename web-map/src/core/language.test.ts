import { expect, test } from "vitest";
import { chooseLanguage } from "./language";

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
