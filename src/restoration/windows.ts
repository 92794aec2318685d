/**
 * @file Covers a picture of any size with windows of one size, so that one compiled graph serves all of it.
 *
 * A window keeps its result only where the network's reach stays inside the window, or where the window ends with the
 * picture. The result is then that of the whole picture at once, without blending or seams. A network whose results
 * depend on its whole input has no such windows; its tiles overlap and are blended.
 */
import { argumentError } from "../base/errors.js";

/** Position of a window along one axis and the part of its result that is kept, in pixels of the padded picture. */
export interface Span {
  readonly start: number;
  readonly keepFrom: number;
  readonly keepTo: number;
  /**
   * Tiles only: weight of each pixel from `keepFrom` to `keepTo`. Over all tiles of an axis, a pixel's weights sum to
   * 1.
   */
  readonly weights?: Float32Array;
}

export interface Window {
  readonly x: Span;
  readonly y: Span;
}

export interface WindowPlan {
  /** Size of the picture, padded to the multiples. */
  readonly width: number;
  readonly height: number;
  /** The size of every window. */
  readonly windowWidth: number;
  readonly windowHeight: number;
  readonly windows: readonly Window[];
}

/** The smallest multiple that is not below `value`. */
export const roundUp = (value: number, multiple: number): number => Math.ceil(value / multiple) * multiple;

/**
 * Windows of `size` over `length`, both multiples of `multiple`. Each keeps what is `reach` away from its inner ends.
 */
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

/**
 * The smallest size for which the same number of windows covers `length`. With the full size, the last window would
 * repeat most of the one before.
 */
function evened(length: number, size: number, reach: number, multiple: number): number {
  const count = cover(length, size, reach, multiple).length;
  const overlap = 2 * roundUp(reach, multiple);
  return Math.min(size, roundUp(Math.ceil((length + overlap * (count - 1)) / count), multiple));
}

export interface WindowOptions {
  /** Sizes are multiples of this. */
  readonly multiple: number;
  /** Distance to the farthest pixel that affects a result; null for the whole picture, which is then one window. */
  readonly reachPx: number | null;
  /** About the number of pixels of a window; it bounds memory. */
  readonly maxPixels: number;
}

/**
 * Covers width x height. A picture of up to `maxPixels` is one window; larger ones get roughly square windows that
 * overlap. Throws `argument` if `maxPixels` is too small for the reach.
 */
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
    const longSide = (length: number, other: number) =>
      evened(length, Math.min(length, Math.floor(maxPixels / other / multiple) * multiple), reachPx, multiple);
    if (w <= side) windowHeight = longSide(h, w);
    else {
      windowHeight = evened(h, Math.min(h, side), reachPx, multiple);
      windowWidth = longSide(w, windowHeight);
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

/**
 * Covers width x height with tiles of `sidePx`. The last tile ends with the picture; a picture smaller than a tile is
 * one tile. Throws `argument` for an overlap below 1 px or above half a side.
 */
export function planTiles(
  width: number,
  height: number,
  { sidePx, overlapPx }: { readonly sidePx: number; readonly overlapPx: number },
): WindowPlan {
  if (!(overlapPx >= 1 && 2 * overlapPx <= sidePx))
    throw argumentError("planTiles", `tiles of ${sidePx} px must overlap by 1 to ${sidePx / 2} px`, overlapPx);
  const columns = tileSpans(width, sidePx, overlapPx);
  const rows = tileSpans(height, sidePx, overlapPx);
  return {
    width: Math.max(width, sidePx),
    height: Math.max(height, sidePx),
    windowWidth: sidePx,
    windowHeight: sidePx,
    windows: rows.flatMap((y) => columns.map((x) => ({ x, y }))),
  };
}

/** Evenly spread tiles. Weights rise over the overlap from each end that is not an end of the picture. */
function tileSpans(length: number, side: number, overlap: number): Span[] {
  const count = length <= side ? 1 : Math.ceil((length - overlap) / (side - overlap));
  const starts = Array.from({ length: count }, (_, i) =>
    count === 1 ? 0 : Math.round((i * (length - side)) / (count - 1)),
  );
  const totals = new Float32Array(length);
  const spans = starts.map((start) => {
    const keepTo = Math.min(start + side, length);
    const weights = Float32Array.from({ length: keepTo - start }, (_, i) => {
      const before = start === 0 ? 1 : (i + 0.5) / overlap;
      const after = start + side >= length ? 1 : (side - i - 0.5) / overlap;
      return Math.min(1, before, after);
    });
    for (const [i, weight] of weights.entries()) totals[start + i]! += weight;
    return { start, keepFrom: start, keepTo, weights };
  });
  for (const { start, weights } of spans) for (const i of weights.keys()) weights[i]! /= totals[start + i]!;
  return spans;
}
