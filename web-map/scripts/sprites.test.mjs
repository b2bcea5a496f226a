import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { iconField, iconFiles } from "./sprites.mjs";

test("both sets are complete, and a name of both means Maki's drawing", () => {
  const files = iconFiles();
  expect(files.size).toBeGreaterThan(760);
  expect(files.get("school")).toContain("maki");
  expect(files.get("temaki-school")).toContain("temaki");
  expect(files.get("tree_broadleaved")).toContain("temaki");
});

test("an icon keeps clear of its edges and is drawn inside", () => {
  const { width, alpha } = iconField(readFileSync(iconFiles().get("park"), "utf8"), 2);
  expect(width).toBe(38);
  const edge = Array.from(alpha.subarray(0, width));
  expect(Math.max(...edge)).toBeLessThan(191);
  expect(Math.max(...alpha)).toBeGreaterThan(191);
});
