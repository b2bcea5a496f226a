import { expect, test } from "vitest";
import { formatMetres, hemispheres, plainDegrees } from "./coordinates";

test("degrees lose their sign to the hemisphere", () => {
  expect(hemispheres({ lon: -75.52, lat: 39.1612345 }, "ru")).toEqual({
    lat: "39,16123",
    lon: "75,52000",
    northSouth: "north",
    eastWest: "west",
  });
  expect(hemispheres({ lon: 71.4, lat: -1 }, "en")).toMatchObject({
    lon: "71.40000",
    northSouth: "south",
    eastWest: "east",
  });
});

test("the clipboard gets latitude first and points for decimals", () => {
  expect(plainDegrees({ lon: -75.52, lat: 39.1612346 })).toBe("39.161235, -75.520000");
});

test("metres are written as the language writes them", () => {
  expect(formatMetres(189_432.5, "en")).toBe("189,432.50");
  expect(formatMetres(189_432.5, "ru")).toBe("189\u00a0432,50");
});
