// Noto Sans (OFL) in the three cuts that styles name, and a semibold for the
// interface: WOFF2 subsets for browsers, glyph ranges for other clients.

import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { decompress } from "wawoff2";
import { glyphRange, rangesOf } from "./glyphs.mjs";
import { modules } from "./paths.mjs";

const PACKAGE = join(modules, "@fontsource/noto-sans");

/** Later subsets fill what earlier ones lack; cyrillic-ext has the Kyrgyz ң ө ү. */
const SUBSETS = ["latin", "cyrillic", "cyrillic-ext", "latin-ext"];

/** Cuts by the names that style documents use in text-font. */
const MAP_FONTS = {
  "Noto Sans Regular": "400-normal",
  "Noto Sans Bold": "700-normal",
  "Noto Sans Italic": "400-italic",
};

/** Cuts that only the interface uses. */
const INTERFACE_CUTS = ["600-normal"];

const fileOf = (subset, cut) => `noto-sans-${subset}-${cut}.woff2`;

/**
 * Writes WOFF2 files, font-faces.json and <font name>/<range>.pbf into folder.
 *
 * @param {string} folder
 * @returns {Promise<string>} a line for the log
 */
export async function makeFonts(folder) {
  mkdirSync(folder, { recursive: true });
  for (const cut of [...Object.values(MAP_FONTS), ...INTERFACE_CUTS]) {
    for (const subset of SUBSETS)
      copyFileSync(join(PACKAGE, "files", fileOf(subset, cut)), join(folder, fileOf(subset, cut)));
  }
  copyFileSync(join(PACKAGE, "LICENSE"), join(folder, "LICENSE"));
  writeFileSync(join(folder, "font-faces.json"), JSON.stringify(fontFaces(), null, 2));

  let bytes = 0;
  for (const [name, cut] of Object.entries(MAP_FONTS)) bytes += await makeGlyphs(join(folder, name), name, cut);
  return `fonts: ${Object.keys(MAP_FONTS).join(", ")}; glyph ranges ${Math.round(bytes / 1000)} kB`;
}

/** The `font-faces` member of style documents; URLs are relative to the site's root. */
export function fontFaces() {
  const ranges = JSON.parse(readFileSync(join(PACKAGE, "unicode.json"), "utf8"));
  return Object.fromEntries(
    Object.entries(MAP_FONTS).map(([name, cut]) => [
      name,
      SUBSETS.map((subset) => ({ url: `/fonts/${fileOf(subset, cut)}`, "unicode-range": ranges[subset].split(",") })),
    ]),
  );
}

/** Latin, Cyrillic, their additions and punctuation, but not phonetic and historic letters, which are a third of all. */
const holdsLivingLetters = (start) => start < 0x0600 || (start >= 0x1e00 && start < 0x2300);

async function makeGlyphs(folder, name, cut) {
  mkdirSync(folder, { recursive: true });
  const fonts = [];
  // One after the other: the decompressor's calls share one memory.
  for (const subset of SUBSETS) {
    fonts.push(Buffer.from(await decompress(readFileSync(join(PACKAGE, "files", fileOf(subset, cut))))));
  }
  let total = 0;
  for (const start of (await rangesOf(fonts)).filter(holdsLivingLetters)) {
    const { file, bytes } = await glyphRange(name, fonts, start);
    writeFileSync(join(folder, file), bytes);
    total += bytes.length;
  }
  return total;
}
