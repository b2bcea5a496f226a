import { expect, test } from "vitest";
import { catalogue } from "./fixtures";
import {
  applyChanges,
  changesOf,
  fadeLayer,
  groupState,
  identifiable,
  initialVisibility,
  opacityOf,
  show,
  type Visibility,
} from "./visibility";

const initial = initialVisibility(catalogue);
const [base, green] = catalogue.groups as [(typeof catalogue.groups)[0], (typeof catalogue.groups)[0]];

test("the catalogue decides what is shown at first", () => {
  expect([...initial.hidden]).toEqual(["lawns"]);
});

test("a group's box has three states", () => {
  expect(groupState(initial, base)).toBe("all");
  expect(groupState(initial, green)).toBe("some");
  expect(groupState(show(initial, green.layers, false), green)).toBe("none");
});

test("show leaves its argument alone", () => {
  show(initial, ["trees"], false);
  expect(initial.hidden.has("trees")).toBe(false);
});

test.each([
  [0.333, 0.33],
  [0, 0.05],
  [2, 1],
])("an opacity of %d is kept as %d", (opacity, want) => {
  expect(opacityOf(fadeLayer(initial, "trees", opacity), "trees")).toBe(want);
});

test("a click asks shown layers that permit it, from their least zoom on", () => {
  expect(identifiable(catalogue, show(initial, ["lawns"], true), 13)).toEqual(["base_ocean", "base_streets", "trees"]);
  expect(identifiable(catalogue, show(initial, ["base_ocean"], false), 11)).toEqual(["base_streets"]);
});

const cases: [string, Visibility, ReturnType<typeof changesOf>][] = [
  ["nothing", initial, { on: [], off: [], opacity: {}, order: [] }],
  ["a whole group", show(initial, base.layers, false), { on: [], off: ["base"], opacity: {}, order: [] }],
  ["part of a group", show(initial, ["trees"], false), { on: [], off: ["trees"], opacity: {}, order: [] }],
  ["a layer off by default", show(initial, ["lawns"], true), { on: ["lawns"], off: [], opacity: {}, order: [] }],
  ["an opacity", fadeLayer(initial, "trees", 0.5), { on: [], off: [], opacity: { trees: 0.5 }, order: [] }],
];

test.each(cases)("%s goes into an address and comes back", (_, visibility, changes) => {
  expect(changesOf(catalogue, visibility)).toEqual(changes);
  expect(applyChanges(catalogue, changes)).toEqual(visibility);
});

test("names of layers that are gone are passed over", () => {
  expect(applyChanges(catalogue, { on: ["gone"], off: ["lost"], opacity: { missing: 0.5 }, order: ["lost"] })).toEqual(
    initial,
  );
});
