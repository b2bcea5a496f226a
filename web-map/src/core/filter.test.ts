import { expect, test } from "vitest";
import { filterText, type Condition } from "./filter";

const cases: [string, Condition, string][] = [
  ["part of a text", { kind: "contains", text: " park " }, `CASEI("f") LIKE CASEI('%park%')`],
  ["a text that asks nothing", { kind: "contains", text: " " }, ""],
  ["quotes", { kind: "contains", text: "d'Arc's" }, `CASEI("f") LIKE CASEI('%d''Arc''s%')`],
  ["wildcards", { kind: "contains", text: "50%_" }, String.raw`CASEI("f") LIKE CASEI('%50\\%\\_%')`],
  ["backslashes", { kind: "contains", text: String.raw`a\'b` }, String.raw`CASEI("f") LIKE CASEI('%a\\\\''b%')`],
  ["a code", { kind: "code", code: "it's" }, `"f" = 'it''s'`],
  ["a truth", { kind: "truth", value: false }, `"f" = FALSE`],
  ["nothing known", { kind: "missing" }, `"f" IS NULL`],
  ["numbers", { kind: "range", type: "number", from: "-1.5", to: "20" }, `"f" >= -1.5 AND "f" <= 20`],
  ["half a range", { kind: "range", type: "number", from: "", to: "20" }, `"f" <= 20`],
  ["no numbers", { kind: "range", type: "number", from: "1 OR TRUE", to: "1e9" }, ""],
  ["dates", { kind: "range", type: "date", from: "2020-01-01", to: "" }, `"f" >= DATE('2020-01-01')`],
  ["a cut date", { kind: "range", type: "date", from: "2020-1", to: "" }, ""],
  [
    "days of a timestamp",
    { kind: "range", type: "timestamp", from: "2020-01-01", to: "2020-01-31" },
    `"f" >= TIMESTAMP('2020-01-01T00:00:00Z') AND "f" <= TIMESTAMP('2020-01-31T23:59:59.999999Z')`,
  ],
];

test.each(cases)("%s", (_, condition, text) => {
  expect(filterText({ f: condition })).toBe(text);
});

test("all conditions must hold", () => {
  expect(filterText({ a: { kind: "missing" }, 'b"': { kind: "truth", value: true } })).toBe(
    `"a" IS NULL AND "b""" = TRUE`,
  );
  expect(filterText({})).toBe("");
});
