import { expect, test } from "vitest";
import { formatMessage } from "./message";

const objects =
  "{count, plural, =0 {Ничего не найдено} one {Найден # объект} few {Найдено # объекта} many {Найдено # объектов} other {Найдено # объекта}}";

test.each([
  [0, "Ничего не найдено"],
  [1, "Найден 1 объект"],
  [3, "Найдено 3 объекта"],
  [11, "Найдено 11 объектов"],
  [21, "Найден 21 объект"],
  [1.5, "Найдено 1,5 объекта"],
])("Russian plural of %d", (count, want) => {
  expect(formatMessage(objects, "ru", { count })).toBe(want);
});

test("parameters go in as they are, numbers as the language writes them", () => {
  expect(formatMessage("{layer}: {n} m # {x}", "en", { layer: "{Roads}", n: 12345, x: "y" })).toBe(
    "{Roads}: 12,345 m # y",
  );
});

test("a parameter inside a plural", () => {
  const message = "{n, plural, one {# tile of {layer}} other {# tiles of {layer}}} failed";
  expect(formatMessage(message, "en", { n: 2, layer: "roads" })).toBe("2 tiles of roads failed");
});

test.each([
  ["{a", "malformed"],
  ["a}", "malformed"],
  ["{n, plural, one {x}}", "malformed"],
  ["{missing}", "lacks its parameter missing"],
])("formatMessage(%j) throws", (message, reason) => {
  expect(() => formatMessage(message, "en", { a: 1, n: 5 })).toThrow(reason);
});
