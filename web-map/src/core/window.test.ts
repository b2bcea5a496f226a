import { expect, test } from "vitest";
import { contentHeight, rowsInSight, scrolledTo, type Scroll } from "./window";

const short: Scroll = { top: 0, height: 100, rows: 50, rowHeight: 20 };
const million: Scroll = { top: 0, height: 400, rows: 1_000_000, rowHeight: 32 };

test("a short list scrolls pixel by pixel", () => {
  expect(contentHeight(short)).toBe(1000);
  expect(rowsInSight(short)).toEqual({ first: 0, end: 5, top: 0 });
  expect(rowsInSight({ ...short, top: 30 })).toEqual({ first: 1, end: 7, top: 20 });
  expect(rowsInSight({ ...short, top: 900 })).toEqual({ first: 45, end: 50, top: 900 });
});

test("less than a screenful does not scroll", () => {
  expect(rowsInSight({ ...short, rows: 2 })).toEqual({ first: 0, end: 2, top: 0 });
  expect(rowsInSight({ ...short, rows: 0 })).toEqual({ first: 0, end: 0, top: 0 });
  expect(scrolledTo(1, { ...short, rows: 2 })).toBe(0);
  expect(rowsInSight({ ...short, rows: 2, top: 300 })).toEqual({ first: 0, end: 2, top: 0 });
});

test("a million rows are reached from first to last", () => {
  const bottom = contentHeight(million) - million.height;
  expect(rowsInSight(million).first).toBe(0);
  expect(rowsInSight({ ...million, top: bottom }).end).toBe(1_000_000);
});

test.each([0, 17, 499_999, 999_999])("row %d of a million comes into sight", (row) => {
  const top = scrolledTo(row, { ...million, top: 3_000_000 });
  const { first, end } = rowsInSight({ ...million, top });
  expect(first).toBeLessThanOrEqual(row);
  expect(end).toBeGreaterThan(row);
});

test("a row in sight stays where it is", () => {
  expect(scrolledTo(3, { ...short, top: 40 })).toBe(40);
});
