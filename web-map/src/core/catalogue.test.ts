import { expect, test } from "vitest";
import { attributions, drawnLayers, layerById, layersOf } from "./catalogue";
import { catalogue } from "./fixtures";

test("layersOf keeps the order of the group and leaves out what may not be seen", () => {
  const group = { id: "base", title: "Base map", layers: ["base_streets", "secret", "base_ocean"] };
  expect(layersOf(catalogue, group).map((layer) => layer.id)).toEqual(["base_streets", "base_ocean"]);
});

test("drawnLayers leaves out registers that are in no group of the map", () => {
  const [trees] = catalogue.layers.slice(2);
  const contracts = { ...catalogue.layers[0], id: "contracts", geometry: "none" } as (typeof catalogue.layers)[number];
  const more = { ...catalogue, layers: [...catalogue.layers, contracts] };
  expect(drawnLayers(more)).toContain(trees);
  expect(drawnLayers(more)).not.toContain(contracts);
});

test("layerById finds nothing for a stranger", () => {
  expect(layerById(catalogue, "trees")?.title).toBe("Trees");
  expect(layerById(catalogue, "tree")).toBeUndefined();
});

test("attributions names each source once", () => {
  expect(attributions(catalogue.layers)).toEqual(["© OpenStreetMap contributors (ODbL)"]);
});
