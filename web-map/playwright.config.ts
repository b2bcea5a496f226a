import { defineConfig } from "@playwright/test";

/** Chromium of the system, drawing WebGL in software and calling nobody. */
const CHROMIUM_FLAGS = [
  "--no-sandbox",
  "--use-gl=angle",
  "--use-angle=swiftshader",
  "--enable-unsafe-swiftshader",
  "--ignore-gpu-blocklist",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--no-first-run",
];

export default defineConfig({
  testDir: "e2e",
  outputDir: "test-results",
  // Software WebGL takes a core by itself: pages at once would measure each other.
  workers: 1,
  // What a person would wait for, times ten: they end a test that hangs, and measure nothing.
  timeout: 180_000,
  expect: { timeout: 45_000 },
  reporter: [["list"]],
  use: {
    baseURL: process.env.KVARTAL_URL ?? "http://127.0.0.1:8080",
    locale: "en-US",
    // Most of a test's time is WebGL in software, which counts pixels; pictures are for people.
    viewport: process.env.KVARTAL_SCREENSHOTS ? { width: 1440, height: 900 } : { width: 1200, height: 720 },
    permissions: ["clipboard-read", "clipboard-write"],
    launchOptions: { executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: CHROMIUM_FLAGS },
  },
});
