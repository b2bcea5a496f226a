import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Api } from "../core/api";
import { Http } from "../core/http";
import { Searching } from "./searching";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const street = {
  kind: "feature",
  layer: "roads",
  id: 7,
  title: "Lenin street",
  subtitle: "Roads",
  point: [1, 2],
  bbox: null,
};

function searching(answer: (url: string) => Promise<Response>) {
  const asked: string[] = [];
  const api = new Api(
    new Http((url) => {
      asked.push(url as string);
      return answer(url as string);
    }),
  );
  return { asked, searching: new Searching(api, () => ({ language: "en", near: { lon: 1, lat: 2 } })) };
}

const json = (value: unknown) => Promise.resolve(new Response(JSON.stringify(value)));
const settle = () => vi.runAllTimersAsync();

test("the server is asked once for what was typed quickly", async () => {
  const { asked, searching: s } = searching(() => json({ results: [street], errors: [] }));
  for (const text of ["le", "len", "lenin"]) s.type(text);
  expect(s.search.get().status).toBe("looking");
  await settle();
  expect(asked).toEqual(["/search?q=lenin&lang=en&lon=1&lat=2"]);
  expect(s.search.get()).toMatchObject({ status: "done", results: [street] });
});

test("one letter asks nothing and clears what was found", async () => {
  const { asked, searching: s } = searching(() => json({ results: [street], errors: [] }));
  s.type("lenin");
  await settle();
  s.type(" l ");
  await settle();
  expect(asked).toHaveLength(1);
  expect(s.search.get()).toMatchObject({ status: "idle", results: [], text: " l " });
});

test("an answer that comes after the next question is dropped", async () => {
  let late: (response: Response) => void = () => undefined;
  const { searching: s } = searching((url) =>
    url.includes("q=old") ? new Promise((resolve) => (late = resolve)) : json({ results: [street], errors: [] }),
  );
  s.type("old");
  await settle();
  s.type("new");
  await settle();
  late(new Response(JSON.stringify({ results: [], errors: [] })));
  await settle();
  expect(s.search.get().results).toEqual([street]);
});

test("layers that failed are named, a server that failed can be asked again", async () => {
  let works = false;
  const { searching: s } = searching(() =>
    works
      ? json({ results: [], errors: [{ layer: "roads", title: "Roads" }] })
      : Promise.resolve(new Response("", { status: 503 })),
  );
  s.type("lenin");
  await settle();
  expect(s.search.get()).toMatchObject({ status: "failed", failure: { kind: "busy" } });
  works = true;
  s.retry();
  await settle();
  expect(s.search.get()).toMatchObject({ status: "done", failedLayers: ["Roads"], failure: null });
});
