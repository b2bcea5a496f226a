import type { Layer } from "../core/catalogue";
import type { View } from "../core/permalink";
import { scaleDenominator } from "../core/scale";
import type { Words } from "../messages";

/** From which scale on a layer is drawn, as long as the view is too far away for it; else "". */
export function scaleHint({ minZoom }: Layer, view: View | null, words: Words): string {
  if (!view || view.zoom >= minZoom) return "";
  return words.text("layers.beyondZoom", { denominator: scaleDenominator(view.lat, minZoom) });
}
