/* global window, requestAnimationFrame -- of the page that is measured */
// Measures what the dispatch view costs a browser without a GPU while many objects move once a second:
//
//   KVARTAL_URL=http://127.0.0.1:8080 KVARTAL_DATA_DIR=var KVARTAL_SQL="psql -qAt -h var/postgres/socket -U kvartal_owner kvartal -c" \
//     node scripts/bench-fleet.mjs 2000 180
//
// It registers the objects in the running city, so give it a city of its own: kvartal demo, kvartal serve --no-demo-fleet.
import { execFileSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { setTimeout as after } from "node:timers/promises";
import { chromium } from "@playwright/test";
const FLAGS =
  "--no-sandbox --use-gl=angle --use-angle=swiftshader --enable-unsafe-swiftshader --ignore-gpu-blocklist --disable-background-networking --disable-sync --no-first-run";

const [count = 2000, seconds = 180] = process.argv.slice(2).map(Number);
const { KVARTAL_URL: url = "http://127.0.0.1:8080", KVARTAL_SQL: sql = "" } = process.env;
const [LON, LAT, SPREAD] = [-75.524, 39.158, 0.04];
const METRES = 111_195;

const kvartal = (args, input = "") => execFileSync("../bin/kvartal", args, { input, encoding: "utf8" });
const quantile = (numbers, q) => numbers.toSorted((a, b) => a - b)[Math.floor(q * (numbers.length - 1))] ?? NaN;

/** Registers the objects, and returns a key for their fixes and somebody who may see them. */
function prepare() {
  const [program, ...args] = sql.split(" ");
  const rows = `SELECT 'bench-' || i, 'Bench ' || i, 'plough', 'bench', 5 FROM generate_series(1, ${count}) AS i`;
  const devices = `INSERT INTO layer.devices (device, name, class, profile, interval) ${rows} ON CONFLICT DO NOTHING`;
  const inputs =
    "INSERT INTO layer.device_inputs (profile, reading, input) VALUES ('bench', 'blade', 'blade') ON CONFLICT DO NOTHING";
  for (const statement of [devices, inputs]) execFileSync(program, [...args, statement]);
  const name = `b${randomUUID().slice(0, 8)}`;
  kvartal(["role", "add", name, "--title", "Bench"]);
  kvartal(["grant", "give", name, "ploughs", "see", "query", "history"]);
  kvartal(["grant", "give", name, "devices", "create"]);
  const [key] = kvartal(["key", "add", "Bench", "--role", name]).split("\n");
  const password = randomUUID();
  kvartal(["user", "add", name, "--password-stdin", "--role", name], password);
  return { key, name, password };
}

/** Moves the objects by a second and tells where they are, every second until the signal. */
async function move(key, signal) {
  const ground = METRES * Math.cos((LAT * Math.PI) / 180);
  const about = (middle) => middle + SPREAD * (2 * Math.random() - 1);
  const objects = Array.from({ length: count }, (_, i) => ({
    device: `bench-${i + 1}`,
    lon: about(LON),
    lat: about(LAT),
    course: Math.floor(360 * Math.random()),
    speed: 15 + Math.floor(30 * Math.random()),
    inputs: { blade: i % 2 === 0 },
  }));
  while (!signal.aborted) {
    const begin = Date.now();
    for (const object of objects) {
      const angle = (object.course * Math.PI) / 180;
      object.lon += ((object.speed / 3.6) * Math.sin(angle)) / ground;
      object.lat += ((object.speed / 3.6) * Math.cos(angle)) / METRES;
      object.time = new Date(begin).toISOString();
      if (Math.random() < 0.05) object.course = (object.course + 90) % 360;
    }
    const body = objects.map((object) => JSON.stringify(object)).join("\n");
    const headers = { authorization: `Bearer ${key}`, "content-type": "application/x-ndjson" };
    const response = await fetch(`${url}/live/fixes`, { method: "POST", headers, body });
    if (!response.ok) console.error(response.status, await response.text());
    await after(Math.max(0, 1000 - (Date.now() - begin)));
  }
}

const { key, name, password } = prepare();
const end = new AbortController();
const moving = move(key, end.signal);
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: FLAGS.split(" "),
});
const page = await browser.newPage({ viewport: { width: 1440, height: 900 }, locale: "en-US" });
await page.request.post(`${url}/session`, { data: { name, password } });
await page.goto(`${url}/#map=13/${LAT}/${LON}`);
await page.waitForFunction(() => performance.getEntriesByName("kvartal:first-map").length > 0);
await page.keyboard.press("d");
await page.getByText("Bench 1", { exact: true }).waitFor({ timeout: 120_000 });
await after(10_000);

const devtools = await page.context().newCDPSession(page);
await devtools.send("Performance.enable", { timeDomain: "timeTicks" });
const metrics = async () => {
  const { metrics } = await devtools.send("Performance.getMetrics");
  return Object.fromEntries(metrics.map(({ name, value }) => [name, value]));
};
const system = await browser.newBrowserCDPSession();
/** Seconds of processor time of the browser's processes, by kind: software GL is in the one for graphics. */
const processors = async () => {
  const { processInfo } = await system.send("SystemInfo.getProcessInfo");
  const seconds = { GPU: 0, renderer: 0, all: 0 };
  for (const { type, cpuTime } of processInfo) {
    if (type in seconds) seconds[type] += cpuTime;
    seconds.all += cpuTime;
  }
  return seconds;
};
const heap = async () => {
  await devtools.send("HeapProfiler.collectGarbage");
  return Math.round((await metrics()).JSHeapUsedSize / 1e5) / 10;
};
await page.evaluate(() => {
  window.frames_ = [];
  window.fleet_ = [];
  const note = (entries) => window.fleet_.push(...entries.getEntries().map(({ duration }) => duration));
  new PerformanceObserver(note).observe({ type: "measure" });
  let last = performance.now();
  const frame = (now) => {
    window.frames_.push(now - last);
    last = now;
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
});
const heaps = [await heap()];
const before = { ...(await metrics()), ...(await processors()) };
for (let passed = 0; passed < seconds; passed += 30) {
  await after(Math.min(30, seconds - passed) * 1000);
  heaps.push(await heap());
}
const now = { ...(await metrics()), ...(await processors()) };
const time = now.Timestamp - before.Timestamp;
const [frames, fleet] = await page.evaluate(() => [window.frames_, window.fleet_]);
const share = (name) => `${((100 * (now[name] - before[name])) / time).toFixed(1)} %`;
const milliseconds = (numbers) =>
  `p50 ${quantile(numbers, 0.5).toFixed(1)} ms, p95 ${quantile(numbers, 0.95).toFixed(1)} ms`;
console.log(`${count} objects at 1 Hz for ${Math.round(time)} s`);
console.log(`main thread busy ${share("TaskDuration")}, script ${share("ScriptDuration")}`);
console.log(`one processor busy ${share("all")}: graphics ${share("GPU")}, pages and workers ${share("renderer")}`);
console.log(
  `frames of the browser: ${milliseconds(frames)}; frames of the fleet: ${milliseconds(fleet)} script, ${(fleet.length / time).toFixed(1)} a second`,
);
console.log(`heap after collection: ${heaps.join(", ")} MB`);
end.abort();
await moving;
await browser.close();
