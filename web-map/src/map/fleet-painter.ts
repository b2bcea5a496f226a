import type { FleetMark } from "../core/fleet-marks";
import type { Camera } from "../core/overlay";
import { drawMark, SIDE, type Mark } from "./marks";

/** Pixels around a mark's middle within which a touch means it; a finger is wide. */
const TOUCH = 16;
/** Names are painted from this zoom on, and no more of them: nobody reads more. */
const NAMES_ZOOM = 14;
const MOST_NAMES = 200;
const NAME_PIXELS = 11;

/** A mark on the screen. */
interface Placed {
  mark: FleetMark;
  x: number;
  y: number;
}

/** Paints a fleet over the map in the colours of a theme. */
export class FleetPainter {
  marks: readonly FleetMark[] = [];
  readonly #style: CSSStyleDeclaration;
  readonly #pictures = new Map<Mark, HTMLCanvasElement>();
  readonly #widths = new Map<string, number>();

  /**
   * @param element has the design tokens
   * @param theme is the one they are of: with another, another painter is needed
   */
  constructor(
    element: Element,
    readonly theme: string,
  ) {
    this.#style = getComputedStyle(element);
  }

  paint(context: CanvasRenderingContext2D, camera: Camera): void {
    const placed = this.#placed(camera);
    for (const { mark, x, y } of placed) if (mark.chosen) this.#paintChosen(context, camera, mark, x, y);
    const size = SIDE * sizeAt(camera.zoom);
    for (const { mark, x, y } of placed) {
      context.save();
      context.translate(x, y);
      if (mark.turn !== null) context.rotate(((mark.turn - camera.bearing) * Math.PI) / 180);
      context.globalAlpha = mark.guessed ? 0.7 : 1;
      context.drawImage(this.#picture(mark.shape), -size / 2, -size / 2, size, size);
      context.restore();
    }
    if (camera.zoom >= NAMES_ZOOM) this.#paintNames(context, placed);
  }

  /** The mark nearest to a pixel, of those that can be chosen. */
  at({ x, y }: { x: number; y: number }, camera: Camera): FleetMark | undefined {
    let nearest: FleetMark | undefined;
    let least = TOUCH;
    for (const placed of this.#placed(camera)) {
      const distance = Math.hypot(placed.x - x, placed.y - y);
      if (placed.mark.key !== null && distance <= least) [nearest, least] = [placed.mark, distance];
    }
    return nearest;
  }

  /** Those that are on the screen. */
  #placed({ project, width, height }: Camera): Placed[] {
    return this.marks.flatMap((mark) => {
      const { x, y } = project(mark.lon, mark.lat);
      return x > -SIDE && y > -SIDE && x < width + SIDE && y < height + SIDE ? [{ mark, x, y }] : [];
    });
  }

  #picture(shape: Mark): HTMLCanvasElement {
    const known = this.#pictures.get(shape) ?? drawMark(shape, this.#style);
    this.#pictures.set(shape, known);
    return known;
  }

  /** A ring, and a dotted line from where the object was heard last. */
  #paintChosen(context: CanvasRenderingContext2D, { project }: Camera, mark: FleetMark, x: number, y: number): void {
    const colour = this.#token("--map-highlight");
    context.save();
    context.strokeStyle = context.fillStyle = colour;
    context.lineWidth = 3;
    context.beginPath();
    context.arc(x, y, 18, 0, 2 * Math.PI);
    context.stroke();
    context.globalAlpha = 0.2;
    context.fill();
    context.globalAlpha = 1;
    if (mark.heard) {
      const from = project(...mark.heard);
      context.setLineDash([2, 5]);
      context.beginPath();
      context.moveTo(from.x, from.y);
      context.lineTo(x, y);
      context.stroke();
    }
    context.restore();
  }

  /** Names below their marks, the chosen object's first; what would cover another is left out. */
  #paintNames(context: CanvasRenderingContext2D, placed: readonly Placed[]): void {
    context.save();
    context.font = `700 ${NAME_PIXELS}px ${this.#style.fontFamily}`;
    context.textAlign = "center";
    context.textBaseline = "top";
    context.lineJoin = "round";
    context.lineWidth = 3;
    context.strokeStyle = this.#token("--map-halo");
    context.fillStyle = this.#token("--map-label");
    const taken: { left: number; right: number; top: number }[] = [];
    for (const { mark, x, y } of placed.toSorted((a, b) => Number(b.mark.chosen) - Number(a.mark.chosen))) {
      if (taken.length >= MOST_NAMES) break;
      const half = this.#width(context, mark.name) / 2;
      const box = { left: x - half, right: x + half, top: y + SIDE / 2 };
      const covers = taken.some(
        ({ left, right, top }) => left < box.right && box.left < right && Math.abs(top - box.top) < NAME_PIXELS,
      );
      if (covers) continue;
      taken.push(box);
      context.strokeText(mark.name, x, box.top);
      context.fillText(mark.name, x, box.top);
    }
    context.restore();
  }

  #width(context: CanvasRenderingContext2D, name: string): number {
    const known = this.#widths.get(name) ?? context.measureText(name).width;
    this.#widths.set(name, known);
    return known;
  }

  #token(name: string): string {
    return this.#style.getPropertyValue(name).trim();
  }
}

/** How large marks are on a map of a zoom: half as large where the city is small. */
function sizeAt(zoom: number): number {
  return Math.min(1, Math.max(0.55, 0.55 + (0.45 * (zoom - 10)) / 4));
}
