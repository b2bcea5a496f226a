import { expect, test } from "vitest";
import { shortcutOf } from "./shortcuts";

const none = { ctrlKey: false, altKey: false, metaKey: false };

test.each([
  [{ ...none, key: "l", code: "KeyL" }, "layers"],
  [{ ...none, key: "L", code: "KeyL" }, "layers"],
  [{ ...none, key: "д", code: "KeyL" }, "layers"],
  [{ ...none, key: "?", code: "Slash" }, "help"],
  [{ ...none, key: "l", code: "KeyN" }, "layers"], // Dvorak: the letter wins over its place
  [{ ...none, key: "l", code: "KeyL", ctrlKey: true }, undefined],
  [{ ...none, key: "Enter", code: "Enter" }, undefined],
])("%j means %s", (stroke, want) => {
  expect(shortcutOf(stroke)).toBe(want);
});
