/**
 * @file How a picture of any size is covered by windows of one size, so that one compiled graph serves all of it.
 *
 * A window's result is kept only where the network's reach stays inside the window, or where the window ends with the picture: so
 * the result is that of the whole picture at once, without blending and without seams.
 */
import { argumentError } from "../base/errors.js";

/** Where a window lies along one axis, and which part of its result is kept. All in pixels of the padded picture. */
export interface Span {
  readonly start: number;
  readonly keepFrom: number;
  readonly keepTo: number;
}

export interface Window {
  readonly x: Span;
  readonly y: Span;
}

export interface WindowPlan {
  /** The picture's size padded up to multiples. */
  readonly width: number;
  readonly height: number;
  /** The size of every window. */
  readonly windowWidth: number;
  readonly windowHeight: number;
  readonly windows: readonly Window[];
}

const roundUp = (value: number, multiple: number): number => Math.ceil(value / multiple) * multiple;

/** Windows of `size` over `length`, both multiples of `multiple`, each keeping what is `reach` away from its inner ends. */
function cover(length: number, size: number, reach: number, multiple: number): Span[] {
  if (size >= length) return [{ start: 0, keepFrom: 0, keepTo: length }];
  const margin = roundUp(reach, multiple);
  const spans: Span[] = [];
  let kept = 0;
  while (kept < length) {
    const start = Math.min(Math.max(0, kept - margin), length - size);
    const end = start + size;
    const keepTo = end === length ? length : end - margin;
    spans.push({ start, keepFrom: kept, keepTo });
    kept = keepTo;
  }
  return spans;
}

/** The least size of windows of which as many cover `length`: a last one would otherwise repeat most of the one before. */
function evened(length: number, size: number, reach: number, multiple: number): number {
  const count = cover(length, size, reach, multiple).length;
  const overlap = 2 * roundUp(reach, multiple);
  return Math.min(size, roundUp(Math.ceil((length + overlap * (count - 1)) / count), multiple));
}

export interface WindowOptions {
  /** Sizes are multiples of this. */
  readonly multiple: number;
  /** How far a result depends on its surroundings; null if on everything, then there is one window. */
  readonly reachPx: number | null;
  /** About how many pixels a window may have: it bounds memory. */
  readonly maxPixels: number;
}

/** Covers width x height. A picture of up to `maxPixels` is one window; larger ones get square-ish windows with overlap. */
export function planWindows(
  width: number,
  height: number,
  { multiple, reachPx, maxPixels }: WindowOptions,
): WindowPlan {
  const [w, h] = [roundUp(width, multiple), roundUp(height, multiple)];
  let [windowWidth, windowHeight] = [w, h];
  if (w * h > maxPixels && reachPx !== null) {
    const margin = roundUp(reachPx, multiple);
    const side = Math.floor(Math.sqrt(maxPixels) / multiple) * multiple;
    if (side < 2 * margin + multiple) {
      throw argumentError(
        "planWindows",
        `maxPixels must allow windows of at least ${2 * margin + multiple} px a side for a reach of ${reachPx} px`,
        maxPixels,
      );
    }
    // A short side leaves more pixels for the long one.
    const beside = (length: number, other: number) =>
      evened(length, Math.min(length, Math.floor(maxPixels / other / multiple) * multiple), reachPx, multiple);
    if (w <= side) windowHeight = beside(h, w);
    else {
      windowHeight = evened(h, Math.min(h, side), reachPx, multiple);
      windowWidth = beside(w, windowHeight);
    }
  }
  const reach = reachPx ?? 0;
  const columns = cover(w, windowWidth, reach, multiple);
  const rows = cover(h, windowHeight, reach, multiple);
  return {
    width: w,
    height: h,
    windowWidth,
    windowHeight,
    windows: rows.flatMap((y) => columns.map((x) => ({ x, y }))),
  };
}
