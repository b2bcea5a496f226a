import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Api } from "../core/api";
import { Http } from "../core/http";
import { Tabling } from "./tabling";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const TOTAL = 1_000_000;

/** A table of a million rows whose ids are their places. */
function tabling() {
  const asked: string[] = [];
  const api = new Api(
    new Http((input) => {
      const url = new URL(input as string, "http://city");
      asked.push(decodeURIComponent(url.pathname + url.search));
      if (url.pathname.endsWith("/position")) return json({ offset: Number(url.searchParams.get("id")) });
      const offset = Number(url.searchParams.get("offset"));
      const rows = Array.from({ length: 100 }, (_, i) => [offset + i, `row ${offset + i}`]);
      return json({ total: TOTAL, offset, columns: ["name"], rows });
    }),
  );
  return { asked, table: new Tabling(api, () => "en") };
}

const json = (value: unknown) => Promise.resolve(new Response(JSON.stringify(value)));
const settle = () => vi.runAllTimersAsync();

test("the first page says how many rows there are", async () => {
  const { asked, table } = tabling();
  table.open("trees");
  await settle();
  expect(asked).toEqual(["/table/trees?lang=en&offset=0&limit=100"]);
  expect(table.content.get().total).toBe(TOTAL);
  expect(table.content.get().rows.get(99)).toEqual([99, "row 99"]);
});

test("rows in sight are fetched, those that fly past are not", async () => {
  const { asked, table } = tabling();
  table.open("trees");
  await settle();
  table.look(5000, 5020);
  table.look(700_095, 700_105);
  await settle();
  expect(asked.slice(1)).toEqual([
    "/table/trees?lang=en&offset=700000&limit=100",
    "/table/trees?lang=en&offset=700100&limit=100",
  ]);
  table.look(700_000, 700_200);
  await settle();
  expect(asked).toHaveLength(3);
});

test("what was scrolled past long ago is forgotten", async () => {
  const { table } = tabling();
  table.open("trees");
  for (let page = 0; page < 200; page++) {
    table.look(page * 100, page * 100 + 10);
    await settle();
  }
  expect(table.content.get().rows.size).toBeLessThanOrEqual(6_100);
  expect(table.content.get().rows.has(19_900)).toBe(true);
});

test("another order begins anew and asks for it", async () => {
  const { asked, table } = tabling();
  table.open("trees");
  await settle();
  const view = table.view.get();
  if (view)
    table.show({
      ...view,
      sort: { field: "height", descending: true },
      conditions: { kind: { kind: "code", code: "oak" } },
    });
  expect(table.content.get().rows.size).toBe(0);
  await settle();
  expect(asked.at(-1)).toBe(`/table/trees?lang=en&sortby=-height&filter="kind"+=+'oak'&offset=0&limit=100`);
});

test("a feature of this layer has a place, one of another has none", async () => {
  const { table } = tabling();
  table.open("trees");
  expect(await table.placeOf({ layer: "trees", id: "77" })).toBe(77);
  expect(await table.placeOf({ layer: "roads", id: "77" })).toBe(null);
});
