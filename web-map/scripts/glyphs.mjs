// Glyph PBFs ("fontstack ranges", Mapbox Vector Tile era format, see
// maplibre.org/maplibre-style-spec/glyphs) for clients that cannot read
// `font-faces`: QGIS, MapLibre Native, older MapLibre GL.

import { promisify } from "node:util";
import fontnik from "fontnik";

const loadFaces = promisify(fontnik.load);
const drawRange = promisify(fontnik.range);
const mergeRanges = promisify(fontnik.composite);

const RANGE = 256;
const BASIC_PLANE_END = 0x10000;

/**
 * First code points of the ranges in which at least one of the fonts has a glyph.
 *
 * @param {Buffer[]} fonts TrueType files
 * @returns {Promise<number[]>} ascending multiples of 256
 */
export async function rangesOf(fonts) {
  const starts = new Set();
  for (const font of fonts) {
    for (const face of await loadFaces(font)) {
      for (const point of face.points) if (point < BASIC_PLANE_END) starts.add(point - (point % RANGE));
    }
  }
  return [...starts].sort((a, b) => a - b);
}

/**
 * One range as the subsets of a font hold it together.
 *
 * @param {string} name of the font, as styles write it
 * @param {Buffer[]} fonts TrueType subsets
 * @param {number} start first code point
 * @returns {Promise<{ file: string, bytes: Buffer }>} file being "<start>-<end>.pbf"
 */
export async function glyphRange(name, fonts, start) {
  const end = start + RANGE - 1;
  const parts = await Promise.all(fonts.map((font) => drawRange({ font, start, end })));
  return { file: `${start}-${end}.pbf`, bytes: renameStack(await mergeRanges(parts), name) };
}

/**
 * Replaces the name in glyphs{ stacks: 1 { name: 1, range: 2, glyphs: 3 } }:
 * merging subsets of one font leaves "Noto Sans Regular, Noto Sans Regular".
 *
 * @param {Buffer} bytes
 * @param {string} name
 */
export function renameStack(bytes, name) {
  const stack = field(bytes, 0);
  const oldName = field(bytes, stack.start);
  const body = Buffer.concat([delimited(Buffer.from(name)), bytes.subarray(oldName.end, stack.end)]);
  return delimited(body);
}

const FIRST_FIELD_DELIMITED = 0x0a;

/** Extent of the content of the field numbered 1 that begins at `at`. */
function field(bytes, at) {
  if (bytes[at] !== FIRST_FIELD_DELIMITED) throw new Error(`glyph range: field 1 is not at byte ${at}`);
  let length = 0;
  let shift = 0;
  let next = at + 1;
  for (; bytes[next] & 0x80; next++, shift += 7) length |= (bytes[next] & 0x7f) << shift;
  length |= bytes[next++] << shift;
  return { start: next, end: next + length };
}

function delimited(content) {
  const head = [FIRST_FIELD_DELIMITED];
  let rest = content.length;
  for (; rest > 0x7f; rest >>>= 7) head.push((rest & 0x7f) | 0x80);
  head.push(rest);
  return Buffer.concat([Buffer.from(head), content]);
}
