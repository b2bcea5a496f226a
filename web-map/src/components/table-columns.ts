import type { Field } from "../core/catalogue";

/** Width of a column in rem, by what it holds. */
export function columnWidth({ type, codes }: Field, names: boolean): number {
  if (names) return 16;
  if (codes) return 13;
  switch (type) {
    case "boolean":
      return 7;
    case "integer":
    case "number":
    case "decimal":
      return 10;
    case "date":
      return 11;
    case "timestamp":
      return 14;
    case "text":
      return 14;
  }
}

/** Whether values are compared digit by digit, and so stand at the right. */
export function isNumeric({ type, codes }: Field): boolean {
  return !codes && ["integer", "number", "decimal"].includes(type);
}
