import type { Condition } from "../core/fleet";

/** Outlines on a grid of 24 by 24, the front upwards: each condition has a shape of its own, not only a colour. */
export const SHAPES: Record<Condition, string> = {
  working: "M3 2h18v4l-3 0 3 16-9-5-9 5 3-16-3 0z",
  moving: "M12 2l8 20-8-5-8 5z",
  idle: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18M8.5 8h2.5v8h-2.5zM13 8h2.5v8h-2.5z",
  stopped: "M4 4h16v16h-16z",
  stale: "M12 1.5l10.500 10.500-10.500 10.500-10.500-10.500zM11 6.500h2v7h-2zM11 15h2v2.500h-2z",
  lost: "M5 2l7 7 7-7 3 3-7 7 7 7-3 3-7-7-7 7-3-3 7-7-7-7z",
};

/** Whether a condition's shape is turned to where the object goes. */
export const TURNED: ReadonlySet<Condition> = new Set<Condition>(["working", "moving"]);

/** Pixels of an icon's side; it is shown half as large. */
const SIDE = 52;

/** Draws the shape of a condition in the colour of the design token of its name, with a halo. */
export function drawMark(condition: Condition, element: Element): ImageData | undefined {
  const style = getComputedStyle(element);
  const canvas = window.document.createElement("canvas");
  canvas.width = canvas.height = SIDE;
  const context = canvas.getContext("2d", { willReadFrequently: true });
  if (!context) return undefined;
  const path = new Path2D(SHAPES[condition]);
  context.translate(SIDE * 0.08, SIDE * 0.08);
  context.scale((SIDE * 0.84) / 24, (SIDE * 0.84) / 24);
  context.lineJoin = "round";
  context.lineWidth = 3;
  context.strokeStyle = style.getPropertyValue("--map-halo").trim();
  context.stroke(path);
  context.fillStyle = style.getPropertyValue(`--map-${condition}`).trim();
  context.fill(path, "evenodd");
  return context.getImageData(0, 0, SIDE, SIDE);
}
