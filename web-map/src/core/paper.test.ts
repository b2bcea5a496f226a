import { expect, test } from "vitest";
import { paperSize, printRatio, scaleOnPaper, zoomOfScale } from "./paper";

test("sheets have the sides of ISO 216, lying or standing", () => {
  expect(paperSize("A4", "portrait")).toEqual({ width: 210, height: 297 });
  expect(paperSize("A3", "landscape")).toEqual({ width: 420, height: 297 });
});

test.each([500, 2000, 25_000])("a scale of 1:%d comes back from its zoom", (denominator) => {
  expect(scaleOnPaper(zoomOfScale(denominator, 55), 55)).toBeCloseTo(denominator, 6);
});

test("at 1:1000 a centimetre of paper is ten metres of ground", () => {
  const zoom = zoomOfScale(1000, 0);
  const pixelsOfTenMetres = 10 / (40_075_016.686 / (512 * 2 ** zoom));
  expect((pixelsOfTenMetres / 96) * 2.54).toBeCloseTo(1, 9);
});

test("print is as fine as printers draw, and no wider than canvases are", () => {
  expect(printRatio(700, 1000)).toBe(3.125);
  expect(printRatio(1587, 1123) * 1587).toBeCloseTo(4096);
});
