// Signed distance fields of icons, in the form MapLibre reads from a sprite
// sheet whose entries say `"sdf": true`: alpha 191 (0.75) on the outline, one
// eighth of the scale for each pixel of layout, more inside, less outside.

/** Alpha on the outline, 0 to 1; MapLibre's shader has the same number. */
const EDGE = 0.75;
/** Layout pixels over which alpha runs from 0 to 1; as in MapLibre's shader. */
const REACH = 8;

/**
 * Beyond these distances from the outline, in layout pixels, nothing a style
 * may ask for is drawn, so the field is level there; and finer steps than
 * STEP/255 do not show. Both together halve the file and more.
 */
const DEEPEST = -1.25;
const FARTHEST = 2;
const STEP = 4;

const FAR = 1e20;

/**
 * Distance field of a shape drawn `oversample` times larger than wanted.
 *
 * @param {Uint8Array} coverage alpha of the large drawing, row by row, size×size
 * @param {number} size width and height of the large drawing, a multiple of oversample
 * @param {number} oversample pixels of the large drawing to one of the field
 * @param {number} density pixels of the field to one of layout
 * @returns {Uint8Array} the field's alpha, (size/oversample)² values, row by row
 */
export function distanceField(coverage, size, oversample, density) {
  const outside = new Float64Array(coverage.length);
  const inside = new Float64Array(coverage.length);
  for (let i = 0; i < coverage.length; i++) {
    const filled = coverage[i] > 127;
    outside[i] = filled ? 0 : FAR;
    inside[i] = filled ? FAR : 0;
  }
  squaredDistances(outside, size);
  squaredDistances(inside, size);

  const width = size / oversample;
  const field = new Uint8Array(width * width);
  for (let y = 0; y < width; y++) {
    for (let x = 0; x < width; x++) {
      let sum = 0;
      for (let dy = 0; dy < oversample; dy++) {
        const row = (y * oversample + dy) * size + x * oversample;
        for (let i = row; i < row + oversample; i++) sum += signedDistance(outside[i], inside[i]);
      }
      field[y * width + x] = alphaAt(sum / (oversample * oversample) / (oversample * density));
    }
  }
  return field;
}

/** Alpha of the field at a distance in layout pixels, negative inside. */
function alphaAt(distance) {
  const level = Math.min(FARTHEST, Math.max(DEEPEST, distance));
  return Math.round((255 * (EDGE - level / REACH)) / STEP) * STEP;
}

/** Distances run between pixel centres; the outline lies half a pixel from both. */
function signedDistance(outside, inside) {
  return outside > 0 ? Math.sqrt(outside) - 0.5 : 0.5 - Math.sqrt(inside);
}

/**
 * Replaces each value f(p) by the least f(q) + |p−q|² over the square grid.
 * P. Felzenszwalb, D. Huttenlocher: Distance Transforms of Sampled Functions,
 * Theory of Computing 8 (2012).
 *
 * @param {Float64Array} grid size×size values, changed in place
 * @param {number} size
 */
export function squaredDistances(grid, size) {
  const lines = envelope(size);
  for (let x = 0; x < size; x++) lines(grid, x, size);
  for (let y = 0; y < size; y++) lines(grid, y * size, 1);
}

/** The transform of one line: the lower envelope of the parabolas rooted at its values. */
function envelope(size) {
  const values = new Float64Array(size);
  const roots = new Int32Array(size);
  const borders = new Float64Array(size + 1);

  return (grid, offset, stride) => {
    for (let q = 0; q < size; q++) values[q] = grid[offset + q * stride];
    let last = 0;
    roots[0] = 0;
    borders[0] = -FAR;
    borders[1] = FAR;
    for (let q = 1; q < size; q++) {
      let border;
      do {
        const root = roots[last];
        border = (values[q] - values[root] + q * q - root * root) / (2 * (q - root));
      } while (border <= borders[last] && --last >= 0);
      last++;
      roots[last] = q;
      borders[last] = border;
      borders[last + 1] = FAR;
    }
    for (let q = 0, piece = 0; q < size; q++) {
      while (borders[piece + 1] < q) piece++;
      const gap = q - roots[piece];
      grid[offset + q * stride] = values[roots[piece]] + gap * gap;
    }
  };
}
