import type { Condition } from "../core/fleet";

/** What a mark says: what an object does, or that nobody knows what it is. */
export type Mark = Condition | "unknown";

/** Outlines on a grid of 24 by 24, the front upwards: each condition has a shape of its own, not only a colour. */
export const SHAPES: Record<Mark, string> = {
  working: "M3 2h18v4l-3 0 3 16-9-5-9 5 3-16-3 0z",
  moving: "M12 2l8 20-8-5-8 5z",
  idle: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18M8.5 8h2.5v8h-2.5zM13 8h2.5v8h-2.5z",
  stopped: "M4 4h16v16h-16z",
  heard: "M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16M12 9a3 3 0 1 1 0 6 3 3 0 0 1 0-6z",
  stale: "M12 1.5l10.500 10.500-10.500 10.500-10.500-10.500zM11 6.500h2v7h-2zM11 15h2v2.500h-2z",
  lost: "M5 2l7 7 7-7 3 3-7 7 7 7-3 3-7-7-7 7-3-3 7-7-7-7z",
  unknown:
    "M3 3h18v18h-18zM10.500 16h3v2.500h-3zM8 9.500c0-5 8-5 8-.500 0 2.500-2.500 2.700-2.500 5h-3c0-3.500 2.300-3.500 2.300-5 0-1.500-2.100-1.500-2.100.500z",
};

/** Pixels of a mark's side. */
export const SIDE = 26;
/** Pixels of the picture for one of the mark: sharp on fine screens. */
const FINE = 2;

/** Draws a mark in the colour of the design token of its name, with a halo. */
export function drawMark(mark: Mark, style: CSSStyleDeclaration): HTMLCanvasElement {
  const canvas = window.document.createElement("canvas");
  canvas.width = canvas.height = SIDE * FINE;
  const context = canvas.getContext("2d");
  if (!context) return canvas;
  const path = new Path2D(SHAPES[mark]);
  const room = 0.08 * SIDE * FINE;
  context.translate(room, room);
  context.scale((SIDE * FINE - 2 * room) / 24, (SIDE * FINE - 2 * room) / 24);
  context.lineJoin = "round";
  context.lineWidth = 3;
  context.strokeStyle = style.getPropertyValue("--map-halo").trim();
  context.stroke(path);
  context.fillStyle = style.getPropertyValue(`--map-${mark}`).trim();
  context.fill(path, "evenodd");
  return canvas;
}
