/** @file Clipped pixels of a photo: the true light was brighter by an unknown amount, and blur has spread it. */
import type { Planes } from "../images/image.js";

/** Light from which a pixel counts as clipped: cameras round off the end of their curve. */
const CLIPPED_LIGHT = 0.97;
/** Largest share of clipped pixels: a photo with more has a white background, which was not brighter than white. */
const MAX_CLIPPED = 0.1;
/** Smallest share of a window that a kernel fit needs. */
const MIN_KEPT = 0.3;
/** Smallest clipped share of a downsampled pixel for it to count as clipped. */
const CLIPPED_SHARE = 0.05;

/** Light [C, H, W] -> 1 where a channel is clipped, else 0. */
export const clippedIn = (light: Planes): Planes => ({
  ...light,
  data: light.data.map((value) => (value >= CLIPPED_LIGHT ? 1 : 0)),
});

/** Whether parts of a photo's light have clipped values, and not too many together. */
export function hasClippedLight(parts: Iterable<Planes>): boolean {
  let [clipped, count] = [0, 0];
  for (const { data } of parts) {
    for (let i = 0; i < data.length; i++) if (data[i]! >= CLIPPED_LIGHT) clipped++;
    count += data.length;
  }
  return clipped > 0 && clipped / count <= MAX_CLIPPED;
}

/** `clippedIn`; null if no value is clipped, or too many are. */
export const clippedPixels = (light: Planes): Planes | null => (hasClippedLight([light]) ? clippedIn(light) : null);

/** [C, H, W] -> [1, H, W]: 1 where any channel is 1. */
export function inAnyChannel({ width, height, channels, data }: Planes): Planes {
  const size = width * height;
  const out = new Float32Array(size);
  for (let channel = 0; channel < channels; channel++)
    for (let i = 0; i < size; i++) if (data[channel * size + i]! > 0) out[i] = 1;
  return { width, height, channels: 1, data: out };
}

/** [C, H, W]: 1 within `reachPx`, along each axis, of a value above 0; else 0. */
export function spread({ width, height, channels, data }: Planes, reachPx: number): Planes {
  const out = new Float32Array(data.length);
  /** Processes `count` values that lie `step` apart. */
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
 * Shares of clipped light [1, H, W] -> 1 where a kernel fit may use a pixel, 0 within the kernel's reach of clipped
 * light; null means every pixel.
 */
export function keptPixels(clipped: Planes, reachPx: number): Planes | null {
  const near = spread({ ...clipped, data: clipped.data.map((share) => (share > CLIPPED_SHARE ? 1 : 0)) }, reachPx);
  const data = near.data.map((value) => 1 - value);
  const kept = data.reduce((sum, value) => sum + value, 0) / data.length;
  return kept < 1 && kept >= MIN_KEPT ? { ...near, data } : null;
}
