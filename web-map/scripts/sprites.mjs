// Sprite sheets of the Maki and Temaki icons (CC0) as signed distance fields:
// one drawing serves every theme, because the style chooses colour and halo.

import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { Resvg } from "@resvg/resvg-js";
import { PNG } from "pngjs";
import { modules } from "./paths.mjs";
import { distanceField } from "./sdf.mjs";

/** Side of the square in which every icon is drawn, layout pixels. */
const ICON = 15;
/** Room around it, layout pixels, so that halos up to 1.5 pixels are not cut. */
const MARGIN = 2;
/** Fineness of the drawing that distances are measured in, to a pixel of a field. */
const OVERSAMPLE = 4;

/**
 * Names of icons and the files they are drawn from. Where both sets have a
 * name it means Maki's drawing; Temaki's is `temaki-<name>`.
 *
 * @returns {Map<string, string>} sorted by name
 */
export function iconFiles() {
  const files = new Map();
  const add = (folder, nameOf) => {
    for (const file of readdirSync(folder).filter((name) => name.endsWith(".svg"))) {
      files.set(nameOf(basename(file, ".svg")), join(folder, file));
    }
  };
  add(join(modules, "@mapbox/maki/icons"), (name) => name);
  add(join(modules, "@rapideditor/temaki/icons"), (name) => (files.has(name) ? `temaki-${name}` : name));
  return new Map([...files].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/**
 * The distance field of one drawing.
 *
 * @param {string} svg
 * @param {number} density pixels of the field to one of layout
 * @returns {{ width: number, alpha: Uint8Array }} a square, margin included
 */
export function iconField(svg, density) {
  const width = (ICON + 2 * MARGIN) * density;
  const size = width * OVERSAMPLE;
  const icon = drawing(svg, ICON * density * OVERSAMPLE);
  const { pixels } = icon; // each access copies the whole drawing out of resvg
  const coverage = new Uint8Array(size * size);
  const left = Math.floor((size - icon.width) / 2);
  const top = Math.floor((size - icon.height) / 2);
  for (let y = 0; y < icon.height; y++) {
    for (let x = 0; x < icon.width; x++) {
      coverage[(top + y) * size + left + x] = pixels[4 * (y * icon.width + x) + 3];
    }
  }
  return { width, alpha: distanceField(coverage, size, OVERSAMPLE, density) };
}

/** Icons hold no text, and reading the system's fonts for each would take gigabytes. */
const NO_FONTS = { loadSystemFonts: false };

/** Draws svg so that its longer side has `side` pixels. */
function drawing(svg, side) {
  const natural = new Resvg(svg, { font: NO_FONTS });
  const longer = natural.width >= natural.height ? "width" : "height";
  return new Resvg(svg, { font: NO_FONTS, fitTo: { mode: longer, value: side } }).render();
}

/**
 * Writes kvartal{,@2x}.{json,png} into folder.
 *
 * @param {string} folder
 * @returns {string} a line for the log
 */
export function makeSprites(folder) {
  mkdirSync(folder, { recursive: true });
  const drawings = [...iconFiles()].map(([name, file]) => ({ name, svg: readFileSync(file, "utf8") }));
  let bytes = 0;
  for (const density of [1, 2]) {
    const { index, png } = sheet(drawings, density);
    const path = join(folder, density === 1 ? "kvartal" : `kvartal@${density}x`);
    writeFileSync(`${path}.json`, JSON.stringify(index));
    writeFileSync(`${path}.png`, png);
    bytes += png.length;
  }
  return `sprites: ${drawings.length} icons, ${Math.round(bytes / 1000)} kB in two sheets`;
}

function sheet(drawings, density) {
  const width = (ICON + 2 * MARGIN) * density;
  const columns = Math.ceil(Math.sqrt(drawings.length));
  const image = new PNG({ width: columns * width, height: Math.ceil(drawings.length / columns) * width });
  const index = {};
  drawings.forEach(({ name, svg }, i) => {
    const x = (i % columns) * width;
    const y = Math.floor(i / columns) * width;
    paste(image, iconField(svg, density), x, y);
    index[name] = { x, y, width, height: width, pixelRatio: density, sdf: true };
  });
  // Grey with alpha: MapLibre reads alpha only, so half of the bytes go unsaid.
  const png = PNG.sync.write(image, { colorType: 4, inputColorType: 6, deflateLevel: 9 });
  return { index, png };
}

function paste(image, field, left, top) {
  for (let y = 0; y < field.width; y++) {
    for (let x = 0; x < field.width; x++) {
      image.data[4 * ((top + y) * image.width + left + x) + 3] = field.alpha[y * field.width + x];
    }
  }
}
