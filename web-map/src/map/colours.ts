import type { HighlightColours } from "../core/style";

/** Reads the highlight's colours from the design tokens of the present theme. */
export function highlightColours(element: Element): HighlightColours {
  const style = getComputedStyle(element);
  const token = (name: string) => style.getPropertyValue(name).trim();
  return { line: token("--map-highlight"), fill: token("--map-highlight"), halo: token("--map-halo") };
}
