import type { FeatureCollection } from "geojson";
import type { LayerSpecification } from "maplibre-gl";

/** What a view lays over the map's own layers, and in place of some. */
export interface Overlay {
  /** They draw from sources that `data` names. */
  layers: readonly LayerSpecification[];
  /** Layers of the catalogue that it draws itself. */
  instead: ReadonlySet<string>;
  /** What its sources hold at present. */
  data: ReadonlyMap<string, FeatureCollection>;
  /** Draws an icon that its layers name, twice as fine as it is shown; nothing if it does not know it. */
  icon: (name: string) => ImageData | undefined;
  /** The source whose features people choose, and what happens then: they get the feature's properties. */
  touch: { source: string; choose: (properties: Record<string, unknown>) => void };
}
