// Filters that people put together field by field, as CQL2 text (OGC 21-065r2).

/** What one field must be. */
export type Condition =
  | { kind: "contains"; text: string }
  | { kind: "code"; code: string }
  | { kind: "truth"; value: boolean }
  | { kind: "missing" }
  /** Numbers as digits, dates as YYYY-MM-DD; either end may be "". A timestamp's days are whole, in UTC. */
  | { kind: "range"; type: "number" | "date" | "timestamp"; from: string; to: string };

/** Conditions by the name of the field they are for. All of them must hold. */
export type Conditions = Readonly<Record<string, Condition>>;

/** The filter as CQL2 text; "" if nothing is asked. What is not a number or a date is as if it were not there. */
export function filterText(conditions: Conditions): string {
  return Object.entries(conditions)
    .flatMap(([field, condition]) => clauses(quoted(field, '"'), condition))
    .join(" AND ");
}

function clauses(field: string, condition: Condition): string[] {
  switch (condition.kind) {
    case "contains":
      return condition.text.trim()
        ? [`CASEI(${field}) LIKE CASEI(${literal(`%${plain(condition.text.trim())}%`)})`]
        : [];
    case "code":
      return [`${field} = ${literal(condition.code)}`];
    case "truth":
      return [`${field} = ${condition.value ? "TRUE" : "FALSE"}`];
    case "missing":
      return [`${field} IS NULL`];
    case "range":
      return rangeClauses(field, condition);
  }
}

function rangeClauses(field: string, { type, from, to }: Extract<Condition, { kind: "range" }>): string[] {
  const least = bound(type, from, "T00:00:00Z");
  const most = bound(type, to, "T23:59:59.999999Z");
  return [...(least ? [`${field} >= ${least}`] : []), ...(most ? [`${field} <= ${most}`] : [])];
}

function bound(type: "number" | "date" | "timestamp", text: string, time: string): string {
  if (type === "number") return /^-?\d+(\.\d+)?$/.test(text) ? text : "";
  if (!/^\d{4}-\d\d-\d\d$/.test(text)) return "";
  return type === "date" ? `DATE('${text}')` : `TIMESTAMP('${text}${time}')`;
}

/** A text without wildcards for LIKE. */
function plain(text: string): string {
  return text.replace(/[\\%_]/g, String.raw`\$&`);
}

function literal(text: string): string {
  return quoted(text.replaceAll("\\", "\\\\"), "'");
}

function quoted(text: string, quote: string): string {
  return quote + text.replaceAll(quote, quote + quote) + quote;
}
