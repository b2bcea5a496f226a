import type { Field } from "./catalogue";
import { locales, type Language } from "./language";

/** Words that values are written with; units by UCUM code. */
export interface ValueWords {
  yes: string;
  no: string;
  /** The unit as the language writes it, or undefined for one the catalogues do not know. */
  readonly unit: (ucum: string) => string | undefined;
}

/**
 * A field's value as people read it: titles for codes, the language's numbers
 * and dates, units. Returns "" for a missing value.
 */
export function formatValue(field: Field, value: unknown, language: Language, words: ValueWords): string {
  if (value === null || value === undefined || value === "") return "";
  const code = field.codes?.[plain(value)];
  if (code !== undefined) return code;
  if (typeof value === "boolean") return value ? words.yes : words.no;
  const text = formatScalar(field, value, language);
  return field.unit ? `${text} ${words.unit(field.unit) ?? field.unit}` : text;
}

function formatScalar(field: Field, value: unknown, language: Language): string {
  switch (field.type) {
    case "integer":
    case "number":
      return typeof value === "number"
        ? new Intl.NumberFormat(locales(language), { maximumFractionDigits: 6, useGrouping: "min2" }).format(value)
        : plain(value);
    case "decimal":
      return formatDecimal(plain(value), language);
    case "date":
      return formatDate(plain(value), language, { dateStyle: "long", timeZone: "UTC" });
    case "timestamp":
      return formatDate(plain(value), language, { dateStyle: "long", timeStyle: "short" });
    default:
      return plain(value);
  }
}

function plain(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** Keeps the digits as written, which a number could not: 1500.00 stays so. */
function formatDecimal(digits: string, language: Language): string {
  if (!/^-?\d+(\.\d+)?$/.test(digits)) return digits;
  const decimals = digits.split(".")[1]?.length ?? 0;
  const format = new Intl.NumberFormat(locales(language), {
    minimumFractionDigits: decimals,
    maximumFractionDigits: decimals,
  });
  return format.format(digits as Intl.StringNumericLiteral);
}

function formatDate(text: string, language: Language, options: Intl.DateTimeFormatOptions): string {
  const date = new Date(text);
  return Number.isNaN(date.getTime()) ? text : new Intl.DateTimeFormat(locales(language), options).format(date);
}
