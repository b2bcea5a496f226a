import type { FeatureCollection } from "geojson";
import type { LayerSpecification } from "maplibre-gl";

/** Where the map looks, as far as painting over it goes. */
export interface Camera {
  /** Pixels of the map's left upper corner to those of a place. */
  project: (lon: number, lat: number) => { x: number; y: number };
  zoom: number;
  /** Degrees clockwise by which the map is turned. */
  bearing: number;
  width: number;
  height: number;
}

/** What a view lays over the map's own layers, and in place of some. */
export interface Overlay {
  /** They draw from sources that `data` names. */
  layers: readonly LayerSpecification[];
  /** Layers of the catalogue that it draws itself. */
  instead: ReadonlySet<string>;
  /** What its sources hold at present. */
  data: ReadonlyMap<string, FeatureCollection>;
  /** Paints what moves over the map, so that nothing of the map has to be drawn anew for it. */
  paint: (context: CanvasRenderingContext2D, camera: Camera) => void;
  /** Chooses what is painted at a pixel; false if nothing is. */
  touch: (at: { x: number; y: number }, camera: Camera) => boolean;
}
