// Fails when the code that a first map needs has outgrown its budget.

import { readdirSync, readFileSync } from "node:fs";
import { extname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { dist } from "./paths.mjs";

/** kB (1000 bytes) of gzip. */
const BUDGETS = { "first map": 560, "shell and panels": 80 };

const CODE = new Set([".js", ".mjs", ".css", ".html"]);
const isMapLibre = (name) => /^(city-map|maplibre-gl)/.test(name);
/** Fetched when somebody opens what they are for. */
const isLazy = (name) =>
  /^(Administration|Dispatch|PreviewBanner|role-title|TableDock|MeasurePanel|PrintDialog|print-map|SignInDialog|PasswordDialog|FirstDialog)-/.test(
    name,
  );
const isLanguage = (name) => /^(ru|en|ky)-/.test(name);

const files = [...readdirSync(join(dist, "assets")).map((name) => join("assets", name)), "index.html"]
  .filter((path) => CODE.has(extname(path)))
  .map((path) => ({
    name: path.replace("assets/", ""),
    kilobytes: gzipSync(readFileSync(join(dist, path)), { level: 9 }).length / 1000,
  }));

const sum = (chosen) => chosen.reduce((total, { kilobytes }) => total + kilobytes, 0);
// A person loads one language: count the largest.
const language = Math.max(...files.filter(({ name }) => isLanguage(name)).map(({ kilobytes }) => kilobytes));
const shell = sum(files.filter(({ name }) => !isMapLibre(name) && !isLanguage(name) && !isLazy(name))) + language;
const sizes = { "first map": shell + sum(files.filter(({ name }) => isMapLibre(name))), "shell and panels": shell };

for (const [what, budget] of Object.entries(BUDGETS)) {
  const kilobytes = sizes[what];
  console.log(`${what}: ${kilobytes.toFixed(1)} kB gzip of ${budget} kB`);
  if (kilobytes > budget) process.exitCode = 1;
}
