import { expect, test } from "vitest";
import { distanceField, squaredDistances } from "./sdf.mjs";

/** A reproducible stream of numbers in [0, 1). */
function numbers(seed) {
  let state = seed;
  return () => (state = (state * 1103515245 + 12345) % 2147483648) / 2147483648;
}

test("squaredDistances agrees with measuring every pair", () => {
  const size = 17;
  const next = numbers(7);
  const filled = Array.from({ length: size * size }, () => next() < 0.05);
  const grid = Float64Array.from(filled, (is) => (is ? 0 : 1e20));
  squaredDistances(grid, size);

  const sources = filled.flatMap((is, i) => (is ? [[i % size, Math.floor(i / size)]] : []));
  const want = filled.map((_, i) =>
    Math.min(...sources.map(([x, y]) => (x - (i % size)) ** 2 + (y - Math.floor(i / size)) ** 2)),
  );
  expect([...grid]).toEqual(want);
});

test("the outline of a disc has alpha 191, and a layout pixel makes an eighth", () => {
  const [oversample, density, width] = [8, 2, 40];
  const size = width * oversample;
  const radius = 12 * oversample; // 6 layout pixels
  const coverage = Uint8Array.from({ length: size * size }, (_, i) => {
    const [x, y] = [(i % size) + 0.5 - size / 2, Math.floor(i / size) + 0.5 - size / 2];
    return x * x + y * y < radius * radius ? 255 : 0;
  });
  const field = distanceField(coverage, size, oversample, density);
  const at = (fromCentre) => field[(width / 2) * width + width / 2 + fromCentre];
  const onOutline = (at(11) + at(12)) / 2;
  const outside = (at(13) + at(14)) / 2; // one layout pixel further
  expect(onOutline).toBeGreaterThan(186);
  expect(onOutline).toBeLessThan(196);
  expect(onOutline - outside).toBeGreaterThan(27);
  expect(onOutline - outside).toBeLessThan(37);
});
