import { expect, test } from "vitest";
import { Api } from "./api";
import { Http } from "./http";

/** An Api whose server gives one answer, and the addresses it was asked. */
function apiWith(answer: () => Response | Promise<Response>) {
  const asked: string[] = [];
  const api = new Api(
    new Http((input) => {
      asked.push(input as string);
      return Promise.resolve(answer());
    }),
  );
  return { api, asked };
}

test("identify names the point, the layers and the language", async () => {
  const { api, asked } = apiWith(() => Response.json({ results: [], errors: [] }));
  await api.identify({ lon: -75.5, lat: 39.1, zoom: 15.25, layers: ["parcels", "trees"], language: "ky" });
  expect(asked).toEqual(["/identify?lon=-75.5&lat=39.1&zoom=15.25&layers=parcels%2Ctrees&lang=ky"]);
});

test("item keeps odd ids inside their path segment", async () => {
  const { api, asked } = apiWith(() => Response.json({ type: "Feature" }));
  await api.item("parcels", "a/b");
  expect(asked).toEqual(["/ogc/collections/parcels/items/a%2Fb"]);
});

test("a problem document's detail reaches the person", async () => {
  const { api } = apiWith(
    () =>
      new Response(JSON.stringify({ title: "Invalid", detail: "Longitude is missing." }), {
        status: 400,
        headers: { "content-type": "application/problem+json" },
      }),
  );
  await expect(api.transform(0, 0)).rejects.toMatchObject({ kind: "refused", detail: "Longitude is missing." });
});

test.each([
  [404, "refused"],
  [429, "busy"],
  [500, "broken"],
  [503, "busy"],
])("status %d is %s", async (status, kind) => {
  const { api } = apiWith(() => new Response("<h1>Proxy</h1>", { status }));
  await expect(api.catalogue("ru")).rejects.toMatchObject({ kind, detail: "" });
});

test("a server that cannot be reached is offline", async () => {
  const { api } = apiWith(() => Promise.reject(new TypeError("Failed to fetch")));
  await expect(api.catalogue("ru")).rejects.toMatchObject({ kind: "offline" });
});

test("an answer that is not JSON is broken", async () => {
  const { api } = apiWith(() => new Response("<html>"));
  await expect(api.catalogue("ru")).rejects.toMatchObject({ kind: "broken" });
});

test("an abort stays an abort", async () => {
  const { api } = apiWith(() => Promise.reject(new DOMException("gone", "AbortError")));
  await expect(api.catalogue("ru")).rejects.toHaveProperty("name", "AbortError");
});
