// A small catalogue for the tests of this folder.

import type { Catalogue, Layer } from "./catalogue";

const layer = (id: string, group: string, title: string, more: Partial<Layer> = {}): Layer => ({
  id,
  group,
  title,
  geometry: "polygon",
  minZoom: 0,
  maxZoom: 16,
  label: null,
  bounds: null,
  actions: ["see", "identify"],
  fields: [],
  ...more,
});

const osm = "© OpenStreetMap contributors (ODbL)";

export const catalogue: Catalogue = {
  languages: ["ru", "en", "ky"],
  city: {
    title: "Dover",
    center: [-75.52, 39.16],
    zoom: 13,
    bounds: [-75.6, 39.1, -75.4, 39.2],
    crs: { srid: 26957, title: "NAD83 / Delaware" },
  },
  groups: [
    { id: "base", title: "Base map", layers: ["base_ocean", "base_streets"] },
    { id: "green", title: "Greenery", layers: ["trees", "lawns"] },
  ],
  layers: [
    layer("base_ocean", "base", "Ocean", { attribution: osm }),
    layer("base_streets", "base", "Streets", { attribution: osm, geometry: "linestring" }),
    layer("trees", "green", "Trees", {
      geometry: "point",
      minZoom: 12,
      label: "species",
      fields: [
        { name: "species", type: "text", title: "Species", codes: { oak: "Oak" } },
        { name: "height", type: "number", title: "Height", unit: "m" },
        { name: "planted", type: "date", title: "Planted" },
        { name: "healthy", type: "boolean", title: "Healthy" },
      ],
    }),
    layer("lawns", "green", "Lawns", { actions: ["see"], shown: false }),
  ],
};
