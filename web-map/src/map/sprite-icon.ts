// Legends show icons from the sprite sheet that the map has loaded already.

interface SpriteEntry {
  x: number;
  y: number;
  width: number;
  height: number;
}

interface Sheet {
  index: Record<string, SpriteEntry>;
  image: ImageBitmap;
}

const SHEET = "/sprites/kvartal@2x";
/** Alpha of a distance field on the outline, and how far around it the edge is soft. */
const EDGE = 191;
const SOFTNESS = 6;

let sheet: Promise<Sheet> | undefined;

/**
 * Draws an icon in one colour over a canvas; draws nothing if there is no such
 * icon or the sheet cannot be had, because the title beside it says as much.
 */
export async function paintIcon(canvas: HTMLCanvasElement, name: string, colour: string): Promise<void> {
  const loaded = await (sheet ??= loadSheet()).catch(() => {
    sheet = undefined;
    return undefined;
  });
  const entry = loaded?.index[name];
  const context = canvas.getContext("2d", { willReadFrequently: true });
  if (!entry || !context) return;
  const { width, height } = canvas;
  context.clearRect(0, 0, width, height);
  context.drawImage(loaded.image, entry.x, entry.y, entry.width, entry.height, 0, 0, width, height);
  const pixels = context.getImageData(0, 0, width, height);
  for (let i = 3; i < pixels.data.length; i += 4) pixels.data[i] = coverage(pixels.data[i] ?? 0);
  context.putImageData(pixels, 0, 0);
  context.globalCompositeOperation = "source-in";
  context.fillStyle = colour;
  context.fillRect(0, 0, width, height);
  context.globalCompositeOperation = "source-over";
}

function coverage(distance: number): number {
  return Math.min(255, Math.max(0, ((distance - EDGE + SOFTNESS) / (2 * SOFTNESS)) * 255));
}

async function loadSheet(): Promise<Sheet> {
  const [index, image] = await Promise.all([fetched(`${SHEET}.json`), fetched(`${SHEET}.png`)]);
  return {
    index: (await index.json()) as Sheet["index"],
    image: await createImageBitmap(await image.blob(), { premultiplyAlpha: "none" }),
  };
}

async function fetched(url: string): Promise<Response> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`GET ${url}: ${response.status}`);
  return response;
}
