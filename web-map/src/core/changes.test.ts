import type { StyleSpecification } from "maplibre-gl";
import { describe, expect, it } from "vitest";
import type { Bounds } from "./catalogue";
import { Outdated, parseChanges, sourcesByLayer } from "./changes";

const DOVER: Bounds = [-75.53, 39.15, -75.51, 39.17];
const BAY: Bounds = [-75.2, 39, -75.1, 39.1];

describe("parseChanges", () => {
  it("reads areas by layer", () => {
    expect(parseChanges(`{"layers":{"parcels":[[1,2,3,4]]}}`)).toEqual(new Map([["parcels", [[1, 2, 3, 4]]]]));
  });

  it.each(["", "null", "{}", `{"layers":3}`, `{"layers":{"a":[[1,2,3]]}}`, `{"layers":{"a":[[1,2,3,null]]}}`])(
    "takes nothing from %j",
    (data) => expect(parseChanges(data)).toBeUndefined(),
  );
});

it("finds the source of each layer in the style's metadata", () => {
  const style = {
    layers: [
      { id: "background", type: "background" },
      { id: "parcels-fill", source: "property", metadata: { "kvartal:layer": "parcels" } },
      { id: "streets-line", source: "base", metadata: { "kvartal:layer": "base_streets" } },
    ],
  } as unknown as StyleSpecification;
  expect(sourcesByLayer(style)).toEqual(
    new Map([
      ["parcels", "property"],
      ["base_streets", "base"],
    ]),
  );
});

describe("Outdated", () => {
  const sources = new Map([
    ["parcels", "property"],
    ["trees", "greenery"],
  ]);

  it("fetches a source once, when a change lies in view", () => {
    const outdated = new Outdated();
    outdated.add(new Map([["parcels", [DOVER]]]), sources);
    expect(outdated.take(BAY)).toEqual([]);
    expect(outdated.take(DOVER)).toEqual(["property"]);
    expect(outdated.take(DOVER)).toEqual([]);
  });

  it("keeps what lies out of view until the map has moved there", () => {
    const outdated = new Outdated();
    outdated.add(new Map([["parcels", [BAY]]]), sources);
    outdated.add(new Map([["trees", [DOVER]]]), sources);
    expect(outdated.take(DOVER)).toEqual(["greenery"]);
    expect(outdated.take(BAY)).toEqual(["property"]);
  });

  it("fetches everything where nobody knows what changed", () => {
    const outdated = new Outdated();
    outdated.add(null, sources);
    expect(outdated.take(BAY)).toEqual(["property", "greenery"]);
  });

  it("passes over layers that the map does not draw", () => {
    const outdated = new Outdated();
    outdated.add(new Map([["contracts", [DOVER]]]), sources);
    expect(outdated.take(DOVER)).toEqual([]);
  });

  it("takes very many changes for changes everywhere", () => {
    const outdated = new Outdated();
    outdated.add(new Map([["trees", Array.from({ length: 2000 }, () => DOVER)]]), sources);
    expect(outdated.take(BAY)).toEqual(["greenery"]);
  });
});
