// Makes the sprites and fonts that the map and other clients load, unless
// those made last time still fit the packages and scripts they came from.

import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeFonts } from "./fonts.mjs";
import { makeSprites } from "./sprites.mjs";
import { assets, modules, root } from "./paths.mjs";

const SOURCES = [
  join(root, "scripts/assets.mjs"),
  join(root, "scripts/fonts.mjs"),
  join(root, "scripts/glyphs.mjs"),
  join(root, "scripts/sdf.mjs"),
  join(root, "scripts/sprites.mjs"),
  ...["@fontsource/noto-sans", "@mapbox/maki", "@rapideditor/temaki", "@resvg/resvg-js", "fontnik"].map((name) =>
    join(modules, name, "package.json"),
  ),
];

const stampFile = join(assets, "..", "kvartal-assets.stamp");

function stampOfSources() {
  const hash = createHash("sha256");
  for (const file of SOURCES) hash.update(readFileSync(file));
  return hash.digest("hex");
}

function stampOfLastTime() {
  try {
    return readFileSync(stampFile, "utf8");
  } catch {
    return "";
  }
}

const stamp = stampOfSources();
if (stamp === stampOfLastTime()) {
  console.log("sprites and fonts: up to date");
} else {
  rmSync(assets, { recursive: true, force: true });
  mkdirSync(assets, { recursive: true });
  // Vite empties dist and copies this folder into it: the committed
  // placeholder, without which the Go package would not build, comes back so.
  writeFileSync(join(assets, ".gitkeep"), "");
  console.log(makeSprites(join(assets, "sprites")));
  console.log(await makeFonts(join(assets, "fonts")));
  writeFileSync(stampFile, stamp);
}
