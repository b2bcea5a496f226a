import { expect, test } from "vitest";
import type { Settings } from "../core/settings";
import { Store } from "../core/store";
import { Appearance } from "./appearance";

function appearanceWith(settings: Settings = {}, languages = ["ru-RU"]) {
  const dark = new Store(false);
  const store = new Store(settings);
  return { appearance: new Appearance(store, { languages, dark }), dark, store };
}

test("at first the browser decides, and the theme follows the system", () => {
  const { appearance, dark } = appearanceWith();
  expect([appearance.language.get(), appearance.theme.get()]).toEqual(["ru", "day"]);
  dark.set(true);
  expect(appearance.theme.get()).toBe("night");
  expect(appearance.chosen).toEqual({});
});

test("a choice holds against the system and is remembered", () => {
  const { appearance, dark, store } = appearanceWith();
  appearance.chooseTheme("pale");
  appearance.chooseLanguage("ky");
  dark.set(true);
  expect(appearance.theme.get()).toBe("pale");
  expect(store.get()).toEqual({ theme: "pale", language: "ky" });
});

test("a remembered choice goes before the browser, an address before both", () => {
  const { appearance, store } = appearanceWith({ language: "en", theme: "night" });
  expect([appearance.language.get(), appearance.theme.get()]).toEqual(["en", "night"]);
  appearance.follow({ language: "ky" });
  expect([appearance.language.get(), appearance.theme.get()]).toEqual(["ky", "day"]);
  expect(store.get()).toEqual({ language: "en", theme: "night" });
});

test("the themes come round", () => {
  const { appearance } = appearanceWith();
  const seen = [1, 2, 3].map(() => {
    appearance.nextTheme();
    return appearance.theme.get();
  });
  expect(seen).toEqual(["pale", "night", "day"]);
});
