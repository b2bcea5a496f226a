import { locales, type Language } from "./language";

/** A number as a language writes it, and the UCUM code of its unit. */
export interface Measure {
  value: string;
  unit: "m" | "km" | "m2" | "har" | "km2";
}

/** Lengths from here on are told in kilometres, areas in hectares and square kilometres. */
const KILOMETRES = 10_000;
const HECTARES = 100_000;
const SQUARE_KILOMETRES = 10_000_000;

/** A length of so many metres as people tell it: 12.34 m, 8,120 m, 12.35 km. */
export function tellLength(metres: number, language: Language): Measure {
  if (metres >= KILOMETRES) return { value: digits(metres / 1000, 2, language), unit: "km" };
  return { value: digits(metres, metres < 1000 ? 2 : 1, language), unit: "m" };
}

/** An area of so many square metres as people tell it. */
export function tellArea(squareMetres: number, language: Language): Measure {
  if (squareMetres >= SQUARE_KILOMETRES) return { value: digits(squareMetres / 1e6, 3, language), unit: "km2" };
  if (squareMetres >= HECTARES) return { value: digits(squareMetres / 1e4, 3, language), unit: "har" };
  return { value: digits(squareMetres, 1, language), unit: "m2" };
}

function digits(value: number, decimals: number, language: Language): string {
  return new Intl.NumberFormat(locales(language), {
    minimumFractionDigits: decimals,
    maximumFractionDigits: decimals,
  }).format(value);
}
