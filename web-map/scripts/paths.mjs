// Where the scripts read and write, as absolute paths.

import { fileURLToPath } from "node:url";

/** @param {string} relative to the folder web-map */
const at = (relative) => fileURLToPath(new URL(`../${relative}`, import.meta.url));

export const root = at("./");
export const modules = at("node_modules");
/** The build, embedded into the server. */
export const dist = at("dist");
/** Sprites and fonts: costly to make and seldom changed, so made once; Vite copies them into dist. */
export const assets = at("node_modules/.cache/kvartal-assets");
