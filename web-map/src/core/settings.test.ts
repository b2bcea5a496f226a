import { expect, test } from "vitest";
import { readSettings, storedSettings } from "./settings";

test.each([
  [null, {}],
  ["not json", {}],
  ["null", {}],
  ['{"language":"de","theme":3,"groups":5}', {}],
  [
    '{"language":"ky","theme":"night","shortcuts":false,"groups":{"base":true}}',
    { language: "ky", theme: "night", shortcuts: false, groups: { base: true } },
  ],
])("readSettings(%j)", (text, want) => {
  expect(readSettings(text)).toEqual(want);
});

test("a choice is there on the next visit", () => {
  const kept = new Map<string, string>();
  const storage = {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
  };
  storedSettings(storage).update((settings) => ({ ...settings, language: "ky" }));
  expect(storedSettings(storage).get()).toEqual({ language: "ky" });
});

test("a storage that refuses is no reason to fail", () => {
  const storage = {
    getItem: () => null,
    setItem: () => {
      throw new DOMException("full", "QuotaExceededError");
    },
  };
  const settings = storedSettings(storage);
  settings.set({ theme: "night" });
  expect(settings.get()).toEqual({ theme: "night" });
});
