import type { Map as MapLibre } from "maplibre-gl";
import type { Camera, Overlay } from "../core/overlay";

/** A canvas over the map, on which an overlay paints what moves. */
export class OverlayCanvas {
  readonly #canvas: HTMLCanvasElement;
  readonly #context: CanvasRenderingContext2D | null;
  readonly #repaint = () => this.paint();
  overlay: Overlay | null = null;

  constructor(private readonly map: MapLibre) {
    this.#canvas = window.document.createElement("canvas");
    this.#canvas.className = "overlay";
    this.#canvas.ariaHidden = "true";
    this.#context = this.#canvas.getContext("2d");
    map.getCanvasContainer().append(this.#canvas);
    map.on("render", this.#repaint);
  }

  /** Paints the overlay as it is by now; nothing if there is none. */
  paint(): void {
    const context = this.#context;
    if (!context || (!this.overlay && this.#canvas.hidden)) return;
    this.#canvas.hidden = !this.overlay;
    const camera = this.#camera();
    const ratio = window.devicePixelRatio;
    const [width, height] = [Math.round(camera.width * ratio), Math.round(camera.height * ratio)];
    // To set a size clears the canvas, too, but makes a new one.
    if (this.#canvas.width !== width || this.#canvas.height !== height)
      [this.#canvas.width, this.#canvas.height] = [width, height];
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, camera.width, camera.height);
    this.overlay?.paint(context, camera);
  }

  /** Chooses what is painted at a pixel; false if nothing is. */
  touch(at: { x: number; y: number }): boolean {
    return this.overlay?.touch(at, this.#camera()) ?? false;
  }

  #camera(): Camera {
    const { clientWidth: width, clientHeight: height } = this.map.getCanvas();
    const project = (lon: number, lat: number) => this.map.project([lon, lat]);
    return { project, zoom: this.map.getZoom(), bearing: this.map.getBearing(), width, height };
  }
}
