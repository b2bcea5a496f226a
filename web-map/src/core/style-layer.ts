import type { LayerSpecification } from "maplibre-gl";

/** The layer of the catalogue that a style layer draws, or undefined for a background. */
export function layerOf(layer: LayerSpecification): string | undefined {
  const metadata = layer.metadata as Record<string, unknown> | undefined;
  const id = metadata?.["kvartal:layer"];
  return typeof id === "string" ? id : undefined;
}
