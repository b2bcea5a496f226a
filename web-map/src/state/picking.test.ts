import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Api } from "../core/api";
import { Http } from "../core/http";
import { Picking } from "./picking";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const tree = { type: "Feature", id: 7, geometry: { type: "Point", coordinates: [1, 2] }, properties: {} };
const lawn = { ...tree, id: 8 };

const answers: Record<string, () => Response> = {
  "/identify": () =>
    Response.json({
      results: [
        { layer: "trees", features: [tree] },
        { layer: "lawns", features: [lawn] },
      ],
      errors: [{ layer: "roads", title: "Timeout" }],
    }),
  "/transform": () => Response.json({ srid: 26957, title: "Delaware", x: 10, y: 20 }),
  "/ogc/collections/trees/items/7": () => Response.json(tree),
};

function pickingWith(overrides: typeof answers = {}, layers = ["trees", "lawns"]) {
  const asked: string[] = [];
  const api = new Api(
    new Http((input) => {
      const path = (input as string).split("?")[0] ?? "";
      asked.push(path);
      const answer = { ...answers, ...overrides }[path];
      return answer ? Promise.resolve(answer()) : Promise.reject(new TypeError("no route"));
    }),
  );
  return { picking: new Picking(api, () => ({ layers, language: "en" })), asked };
}

/** Asks, and lets the debounced coordinates come. */
async function ask(picking: Picking) {
  const done = picking.at({ lon: 1, lat: 2 }, 15);
  await vi.runAllTimersAsync();
  await done;
  return picking.pick.get();
}

test("a click gives objects, the first of them open, and the city's coordinates", async () => {
  const { picking } = pickingWith();
  expect(await ask(picking)).toMatchObject({
    status: "done",
    point: { lon: 1, lat: 2 },
    chosen: { layer: "trees", id: "7" },
    failedLayers: ["roads"],
    projected: { x: 10, y: 20 },
  });
});

test("choosing works within the answer only", async () => {
  const { picking } = pickingWith();
  await ask(picking);
  expect(picking.choose({ layer: "lawns", id: "8" })).toBe(true);
  expect(picking.choose({ layer: "lawns", id: "9" })).toBe(false);
  expect(picking.pick.get()?.chosen).toEqual({ layer: "lawns", id: "8" });
});

test("a second click drops the first one's answer and its coordinates", async () => {
  const { picking, asked } = pickingWith();
  const first = picking.at({ lon: 5, lat: 6 }, 15);
  await ask(picking);
  await first;
  expect(picking.pick.get()?.point).toEqual({ lon: 1, lat: 2 });
  expect(asked.filter((path) => path === "/transform")).toHaveLength(1);
});

test("closing while it looks leaves nothing open", async () => {
  const { picking } = pickingWith();
  const asking = picking.at({ lon: 1, lat: 2 }, 15);
  picking.close();
  await vi.runAllTimersAsync();
  await asking;
  expect(picking.pick.get()).toBeNull();
});

test("without a layer to ask nothing is asked", async () => {
  const { picking, asked } = pickingWith({}, []);
  expect(await ask(picking)).toMatchObject({ status: "done", found: [] });
  expect(asked).toEqual(["/transform"]);
});

test("a failure of either answer leaves the other", async () => {
  const broken = () => new Response("", { status: 500 });
  expect(await ask(pickingWith({ "/identify": broken }).picking)).toMatchObject({
    status: "failed",
    failure: { kind: "broken" },
    projected: { x: 10 },
  });
  expect(await ask(pickingWith({ "/transform": broken }).picking)).toMatchObject({
    status: "done",
    projected: { kind: "broken" },
  });
});

test("an object of an address opens by itself, and once", async () => {
  const { picking, asked } = pickingWith();
  await picking.open({ layer: "trees", id: "7" });
  await picking.open({ layer: "trees", id: "7" });
  expect(picking.pick.get()).toMatchObject({ status: "done", point: null, found: [{ layer: "trees" }] });
  expect(asked).toEqual(["/ogc/collections/trees/items/7"]);
});
