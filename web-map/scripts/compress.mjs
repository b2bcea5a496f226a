// Puts a .br and a .gz beside every text file of the build, so that the server
// compresses nothing by itself and browsers get the best there is.

import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { extname, join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { dist } from "./paths.mjs";

const TEXTS = new Set([".html", ".js", ".mjs", ".css", ".json", ".svg"]);
/** Below this the headers of a compressed answer outweigh what it saves. */
const WORTHWHILE_BYTES = 512;

for (const name of readdirSync(dist, { recursive: true })) {
  const path = join(dist, name);
  if (!TEXTS.has(extname(name)) || statSync(path).size < WORTHWHILE_BYTES) continue;
  const bytes = readFileSync(path);
  writeFileSync(`${path}.gz`, gzipSync(bytes, { level: 9 }));
  writeFileSync(
    `${path}.br`,
    brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } }),
  );
}
