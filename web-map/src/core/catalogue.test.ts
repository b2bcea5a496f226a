import { expect, test } from "vitest";
import { attributions, drawnLayersOf, layerById, layersOf, type Layer } from "./catalogue";
import { catalogue } from "./fixtures";

test("layersOf keeps the order of the group and leaves out what may not be seen", () => {
  const group = { id: "base", title: "Base map", layers: ["base_streets", "secret", "base_ocean"] };
  expect(layersOf(catalogue, group).map((layer) => layer.id)).toEqual(["base_streets", "base_ocean"]);
});

test("drawnLayersOf leaves out registers without geometry", () => {
  const [ocean] = catalogue.layers;
  const contracts = { ...ocean, id: "contracts", geometry: "none" } as Layer;
  const group = { id: "base", title: "Base map", layers: ["base_ocean", "contracts"] };
  expect(drawnLayersOf({ ...catalogue, layers: [...catalogue.layers, contracts] }, group)).toEqual([ocean]);
});

test("layerById finds nothing for a stranger", () => {
  expect(layerById(catalogue, "trees")?.title).toBe("Trees");
  expect(layerById(catalogue, "tree")).toBeUndefined();
});

test("attributions names each source once", () => {
  expect(attributions(catalogue.layers)).toEqual(["© OpenStreetMap contributors (ODbL)"]);
});
