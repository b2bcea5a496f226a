/** One line of a layer's legend, as /legends.json draws it from the style. */
export interface LegendEntry {
  /** What this entry and those after it have in common, where that changes. */
  heading?: string;
  title: string;
  geometry: "point" | "line" | "polygon";
  fill?: string;
  outline?: string;
  stroke?: string;
  /** Pixels. */
  width?: number;
  dash?: number[];
  /** Pixels. */
  radius?: number;
  /** Name in the sprite sheet. */
  icon?: string;
}

/** Legend of each layer by its id. */
export type Legends = Readonly<Record<string, readonly LegendEntry[]>>;
