/** @file The part of a photo around a mask that has to be computed when only the masked area is restored. */
import type { Rect } from "../../src/images/crop.js";
import type { Raster } from "../../src/images/image.js";

/** Receptive field of the networks around a place. */
const MARGIN_PX = 128;
/**
 * Smallest side of the part: about the distance at which the blur is estimated, so that a part of this size has the
 * estimate of its place in the whole photo.
 */
const MIN_SIDE_PX = 896;

/** Margin around a preview: less than for a mask, because previews are computed while a slider moves. */
const PREVIEW_MARGIN_PX = 64;

/** A preview's region with its margin, within the photo. */
export function aroundRegion(
  { x, y, width, height }: Size & { readonly x: number; readonly y: number },
  photo: Size,
): Rect {
  const [left, top] = [Math.max(0, x - PREVIEW_MARGIN_PX), Math.max(0, y - PREVIEW_MARGIN_PX)];
  return {
    ...{ left, top },
    width: Math.min(photo.width, x + width + PREVIEW_MARGIN_PX) - left,
    height: Math.min(photo.height, y + height + PREVIEW_MARGIN_PX) - top,
  };
}

interface Size {
  readonly width: number;
  readonly height: number;
}

/** First and last index between 0 and `length` at which `has` is true; null if it never is. */
function span(length: number, has: (index: number) => boolean): readonly [number, number] | null {
  let [first, last] = [0, length - 1];
  while (first <= last && !has(first)) first++;
  while (last > first && !has(last)) last--;
  return first > last ? null : [first, last];
}

/** Range of at least the smallest side within 0 and `length` that contains `first` to `last` with the margin. */
function padded([first, last]: readonly [number, number], length: number): readonly [number, number] {
  const side = Math.min(length, Math.max(MIN_SIDE_PX, last - first + 1 + 2 * MARGIN_PX));
  const start = Math.round((first + last + 1 - side) / 2);
  return [Math.max(0, Math.min(length - side, start)), side];
}

/**
 * Returns the rectangle to compute; null for an empty mask. `mask`: grey [height * width], 0 where nothing is restored.
 */
export function surroundings(mask: Uint8Array, { width, height }: Size): Rect | null {
  const within = (from: number, to: number, step: number): boolean => {
    for (let i = from; i < to; i += step) if (mask[i]! > 0) return true;
    return false;
  };
  const rows = span(height, (y) => within(y * width, (y + 1) * width, 1));
  if (!rows) return null;
  const columns = span(width, (x) => within(rows[0] * width + x, (rows[1] + 1) * width, width))!;
  const [left, wide] = padded(columns, width);
  const [top, high] = padded(rows, height);
  return { left, top, width: wide, height: high };
}

/** A copy of `photo` with `part` at its place. */
export function pasted(photo: Raster, part: Raster, { left, top, width, height }: Rect): Raster {
  const { channels } = photo;
  const data = photo.data.slice();
  for (let y = 0; y < height; y++)
    data.set(
      part.data.subarray(y * width * channels, (y + 1) * width * channels),
      ((top + y) * photo.width + left) * channels,
    );
  return { ...photo, data };
}
