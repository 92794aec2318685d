/** @file The places where several versions of one picture differ most, which are worth viewing at full size. */
import { argumentError } from "../base/errors.js";
import type { Rect } from "../images/crop.js";
import type { Raster } from "../images/image.js";
import { byteRaster } from "../images/pixels.js";

/** Distance in pixels between the compared places. */
const STRIDE_PX = 16;

/**
 * The `count` squares of `sidePx` pixels with the greatest mean absolute difference between versions, the greatest
 * first, without overlap. There are fewer if the picture has no room for more. A picture smaller than the square is
 * returned whole. Needs at least two versions, of the same size and number of channels.
 */
export function differingCrops(versions: readonly Raster[], sidePx: number, count = 1): Rect[] {
  const [first, ...others] = versions.map(byteRaster);
  if (!first || others.length === 0) throw argumentError("differingCrops", "at least two versions", versions.length);
  const { width, height, channels } = first;
  if (others.some((o) => o.width !== width || o.height !== height || o.channels !== channels))
    throw argumentError("differingCrops", "versions of one size", others.map((o) => `${o.width}x${o.height}`).join());
  const [w, h] = [Math.min(width, sidePx), Math.min(height, sidePx)];
  const sums = summed(width, height, (at) => {
    let difference = 0;
    for (let c = 0; c < channels; c++) {
      const values = [first, ...others].map(({ data }) => data[at * channels + c]!);
      difference += Math.max(...values) - Math.min(...values);
    }
    return difference;
  });
  const places: { rect: Rect; difference: number }[] = [];
  for (const top of starts(height, h))
    for (const left of starts(width, w)) {
      const [a, b] = [top * (width + 1), (top + h) * (width + 1)];
      const difference = sums[b + left + w]! - sums[b + left]! - sums[a + left + w]! + sums[a + left]!;
      places.push({ rect: { left, top, width: w, height: h }, difference });
    }
  places.sort((p, q) => q.difference - p.difference);
  const chosen: Rect[] = [];
  for (const { rect } of places)
    if (chosen.length < count && !chosen.some((one) => overlap(one, rect))) chosen.push(rect);
  return chosen;
}

const overlap = (a: Rect, b: Rect): boolean =>
  Math.abs(a.left - b.left) < a.width && Math.abs(a.top - b.top) < a.height;

/** Every `STRIDE_PX`, and the last start that fits. */
function starts(length: number, side: number): number[] {
  const last = length - side;
  return [...Array.from({ length: Math.ceil(last / STRIDE_PX) }, (_, i) => i * STRIDE_PX), last];
}

/** Summed-area table (Crow 1984), [height + 1, width + 1]. */
function summed(width: number, height: number, valueAt: (at: number) => number): Float64Array {
  const table = new Float64Array((width + 1) * (height + 1));
  for (let y = 0; y < height; y++) {
    let row = 0;
    for (let x = 0; x < width; x++) {
      row += valueAt(y * width + x);
      table[(y + 1) * (width + 1) + x + 1] = table[y * (width + 1) + x + 1]! + row;
    }
  }
  return table;
}
