/** A list of rows of one height of which only those in sight exist. Lengths in pixels. */
export interface Scroll {
  top: number;
  /** Height of what is in sight. */
  height: number;
  rows: number;
  rowHeight: number;
}

/** Browsers cannot lay out more than about 17.9 million pixels (Firefox) or 33.5 million (Chromium, WebKit). */
const TALLEST = 15_000_000;

/** Height of the scrolled content: that of its rows, as long as browsers can. */
export function contentHeight({ rows, rowHeight }: Scroll): number {
  return Math.min(rows * rowHeight, TALLEST);
}

/**
 * The rows in sight: the first and one past the last, and how far the first
 * lies below the scrolled content's top. Where the content would be taller
 * than browsers can, a pixel of scrolling stands for more than a pixel of rows.
 */
export function rowsInSight(scroll: Scroll): { first: number; end: number; top: number } {
  const { height, rows, rowHeight } = scroll;
  const real = rows * rowHeight;
  const most = Math.max(0, contentHeight(scroll) - height);
  // A list that has become shorter is told before its scrolling is.
  const top = Math.min(scroll.top, most);
  const y = most > 0 ? (top / most) * (real - height) : 0;
  const first = Math.max(0, Math.min(rows, Math.floor(y / rowHeight)));
  const end = Math.min(rows, Math.ceil((y + height) / rowHeight));
  return { first, end, top: top + first * rowHeight - y };
}

/** Where to scroll so that a row is in sight, in the middle if it is not; the present place if it is. */
export function scrolledTo(row: number, scroll: Scroll): number {
  const { top, height, rows, rowHeight } = scroll;
  const real = rows * rowHeight;
  const most = contentHeight(scroll) - height;
  if (most <= 0) return 0;
  const y = (top / most) * (real - height);
  if (row * rowHeight >= y && (row + 1) * rowHeight <= y + height) return top;
  const wanted = Math.max(0, Math.min(real - height, (row + 0.5) * rowHeight - height / 2));
  return (wanted / (real - height)) * most;
}
