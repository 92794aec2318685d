/** @file Clipped pixels of a photo: the true light was brighter by an unknown amount, and blur has spread it. */
import type { Planes } from "../images/image.js";

/** From here on light counts as clipped: cameras round the end of their curve off. */
const CLIPPED_LIGHT = 0.97;
/** Of a photo, how much may be clipped: more is a white background, which was white and no more. */
const MOST_CLIPPED = 0.1;
/** Of a window, how much must tell of a kernel at least. */
const LEAST_KEPT = 0.3;
/** Of a smaller level's pixel, how much must be clipped for it to count. */
const CLIPPED_SHARE = 0.05;

/** [C, H, W] of light -> 1 where clipped, else 0, of each channel; null where nothing is, or too much. */
export function clippedPixels(light: Planes): Planes | null {
  const data = light.data.map((value) => (value >= CLIPPED_LIGHT ? 1 : 0));
  const share = data.reduce((sum, value) => sum + value, 0) / data.length;
  return share > 0 && share <= MOST_CLIPPED ? { ...light, data } : null;
}

/** [C, H, W] -> [1, H, W]: 1 where any channel is. */
export function inAnyChannel({ width, height, channels, data }: Planes): Planes {
  const size = width * height;
  const out = new Float32Array(size);
  for (let channel = 0; channel < channels; channel++)
    for (let i = 0; i < size; i++) if (data[channel * size + i]! > 0) out[i] = 1;
  return { width, height, channels: 1, data: out };
}

/** [C, H, W]: 1 within `reachPx` of a pixel above 0, each way; else 0. */
export function spread({ width, height, channels, data }: Planes, reachPx: number): Planes {
  const out = new Float32Array(data.length);
  /** Along lines of `count` values that lie `step` apart. */
  const along = (from: Float32Array, to: Float32Array, start: number, count: number, step: number) => {
    let last = Number.NEGATIVE_INFINITY;
    for (let i = 0; i < count + reachPx; i++) {
      if (i < count && from[start + i * step]! > 0) last = i;
      const at = i - reachPx;
      if (at >= 0) to[start + at * step] = last >= at - reachPx ? 1 : 0;
    }
  };
  const across = new Float32Array(data.length);
  for (let line = 0; line < channels * height; line++) along(data, across, line * width, width, 1);
  for (let channel = 0; channel < channels; channel++)
    for (let x = 0; x < width; x++) along(across, out, channel * width * height + x, height, width);
  return { width, height, channels, data: out };
}

/**
 * [1, H, W] of shares of clipped light -> 1 where a kernel's fit may look, 0 within its reach of clipped light; null
 * for everywhere.
 */
export function keptPixels(clipped: Planes, reachPx: number): Planes | null {
  const near = spread({ ...clipped, data: clipped.data.map((share) => (share > CLIPPED_SHARE ? 1 : 0)) }, reachPx);
  const data = near.data.map((value) => 1 - value);
  const kept = data.reduce((sum, value) => sum + value, 0) / data.length;
  return kept < 1 && kept >= LEAST_KEPT ? { ...near, data } : null;
}
