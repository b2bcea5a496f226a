import type { PaddingOptions } from "maplibre-gl";

/** Least distance in pixels between what is shown and whatever covers the map. */
const MARGIN = 48;

/**
 * How much of the map's edges panels cover, so that what a movement shows is
 * not behind one. Panels say that they cover the map by `data-covers-map`.
 */
export function uncovered(map: Element, root: ParentNode): PaddingOptions {
  const area = map.getBoundingClientRect();
  const padding = { top: MARGIN, right: MARGIN, bottom: MARGIN, left: MARGIN };
  for (const panel of root.querySelectorAll("[data-covers-map]")) {
    const box = panel.getBoundingClientRect();
    const wide = box.width > area.width / 2;
    if (wide) padding.bottom = Math.max(padding.bottom, area.bottom - box.top + MARGIN);
    else if (box.left - area.left < area.right - box.right) padding.left = box.right - area.left + MARGIN;
    else padding.right = area.right - box.left + MARGIN;
  }
  return fitting(padding, area);
}

/** The middle of what panels leave free, in pixels right and down from the middle of the map. */
export function middleOfFree(map: Element, root: ParentNode): [number, number] {
  const { top = 0, right = 0, bottom = 0, left = 0 } = uncovered(map, root);
  return [(left - right) / 2, (top - bottom) / 2];
}

/**
 * By how many pixels the map must move for a point of the page to come out
 * from behind a panel into the middle of what is free; null if it is free.
 */
export function panToUncover(map: Element, root: ParentNode, point: { x: number; y: number }): [number, number] | null {
  const covered = [...root.querySelectorAll("[data-covers-map]")].some((panel) => {
    const { left, right, top, bottom } = panel.getBoundingClientRect();
    return point.x >= left && point.x <= right && point.y >= top && point.y <= bottom;
  });
  if (!covered) return null;
  const area = map.getBoundingClientRect();
  const { top = 0, right = 0, bottom = 0, left = 0 } = uncovered(map, root);
  return [point.x - (area.left + left + area.right - right) / 2, point.y - (area.top + top + area.bottom - bottom) / 2];
}

/** Gives up insets that would leave no map between them. */
function fitting(padding: Required<PaddingOptions>, area: DOMRect): PaddingOptions {
  const even = { top: MARGIN, right: MARGIN, bottom: MARGIN, left: MARGIN };
  const leaves =
    area.width - padding.left - padding.right > MARGIN && area.height - padding.top - padding.bottom > MARGIN;
  return leaves ? padding : even;
}
