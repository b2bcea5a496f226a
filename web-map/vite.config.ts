import { svelte } from "@sveltejs/vite-plugin-svelte";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

// While developing, the server that answers what this application asks for.
const server = process.env.KVARTAL_URL ?? "http://127.0.0.1:8080";
const answered = [
  "/catalogue.json",
  "/styles",
  "/legends.json",
  "/tiles",
  "/identify",
  "/search",
  "/table",
  "/related",
  "/changes",
  "/transform",
  "/session",
  "/admin",
  "/live",
  "/ogc",
];

/** Has the browser fetch the map's code, its largest file, together with the page's own. */
const preloadMap: Plugin = {
  name: "preload-map",
  transformIndexHtml: {
    order: "post",
    handler: (_, { bundle }) =>
      Object.values(bundle ?? {})
        .flatMap((file) => (file.type === "chunk" && file.name === "city-map" ? [file.fileName, ...file.imports] : []))
        .map((fileName) => ({
          tag: "link",
          attrs: { rel: "modulepreload", crossorigin: true, href: `/${fileName}` },
        })),
  },
};

export default defineConfig({
  plugins: [svelte(), preloadMap],
  // Sprites and fonts, made by scripts/assets.mjs.
  publicDir: "node_modules/.cache/kvartal-assets",
  build: {
    target: "es2023",
    modulePreload: { polyfill: false },
    // Inlined files would be data: URLs, which the content security policy forbids.
    assetsInlineLimit: 0,
    // MapLibre is one file of that size; `npm run size` watches the whole.
    chunkSizeWarningLimit: 1200,
  },
  server: {
    host: "127.0.0.1",
    proxy: Object.fromEntries(answered.map((path) => [path, server])),
  },
  test: {
    include: ["src/**/*.test.ts", "scripts/**/*.test.mjs"],
  },
});
