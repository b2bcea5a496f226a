import { Map as MapLibre, type StyleSpecification } from "maplibre-gl";
import type { View } from "../core/permalink";
import { printRatio } from "../core/paper";
import { Store } from "../core/store";

/** A map on a sheet of paper: still, except for moving and scaling it, and drawn finely when it is printed. */
export class PrintMap {
  readonly #map: MapLibre;
  /** Where it looks. */
  readonly view: Store<View>;

  constructor(
    private readonly container: HTMLElement,
    style: StyleSpecification,
    view: View,
    label: string,
  ) {
    const { lon, lat, zoom } = view;
    this.view = new Store<View>({ ...view, bearing: 0, pitch: 0 });
    this.#map = new MapLibre({
      container,
      style,
      center: [lon, lat],
      zoom,
      maxZoom: 22,
      attributionControl: false,
      validateStyle: false,
      dragRotate: false,
      pitchWithRotate: false,
      fadeDuration: 0,
      // Browsers print what the canvas last drew.
      canvasContextAttributes: { preserveDrawingBuffer: true },
    });
    this.#map.touchZoomRotate.disableRotation();
    this.#map.getCanvas().setAttribute("aria-label", label);
    this.#map.on("move", () => {
      const { lng, lat } = this.#map.getCenter();
      this.view.set({ lon: lng, lat, zoom: this.#map.getZoom(), bearing: 0, pitch: 0 });
    });
  }

  zoomTo(zoom: number): void {
    this.#map.jumpTo({ zoom });
  }

  /** Fits the map to a sheet that has changed its size. */
  resize(): void {
    this.#map.resize();
  }

  /** Draws the map as finely as printers do; resolves when it is complete. */
  async sharpen(): Promise<void> {
    const { clientWidth, clientHeight } = this.container;
    this.#map.setPixelRatio(printRatio(clientWidth, clientHeight));
    this.#map.triggerRepaint();
    await this.#map.once("idle");
  }

  /** Draws as on the screen again. */
  relax(): void {
    this.#map.setPixelRatio(window.devicePixelRatio);
  }

  destroy(): void {
    this.#map.remove();
  }
}
