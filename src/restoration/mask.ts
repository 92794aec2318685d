/** @file Restores only a part of the photo. */
import { shapeError } from "../base/errors.js";
import type { Raster } from "../images/image.js";
import { greyPlanes, hasAlpha, planesFromRaster } from "../images/pixels.js";

/** Share of the restoration in each pixel, 0 to 1. */
export interface Mask {
  readonly width: number;
  readonly height: number;
  readonly data: Float32Array;
}

/** Mask from a picture: white is 1, black 0; colours count by the mean of their channels. Alpha is ignored. */
export function maskFromRaster(raster: Raster): Mask {
  const { width, height, data } = greyPlanes(planesFromRaster(raster, "unit"));
  return { width, height, data };
}

/**
 * Returns `restored` where the mask is 1, `original` where it is 0, both to the bit at any depth, and a blend between.
 * Alpha is the original's. Throws `shape` for a mask of another size.
 */
export function masked(restored: Raster, original: Raster, mask: Mask): Raster {
  const { width, height, channels } = original;
  if (mask.width !== width || mask.height !== height)
    throw shapeError("mask", `a picture of the photo's size, ${width} x ${height}`, [mask.width, mask.height]);
  const out = restored.data.slice();
  const colours = hasAlpha(original) ? channels - 1 : channels;
  for (let i = 0, at = 0; i < width * height; i++, at += channels) {
    const share = mask.data[i]!;
    if (share >= 1) continue;
    for (let c = 0; c < colours; c++) {
      const before = original.data[at + c]!;
      out[at + c] = share <= 0 ? before : Math.round(before + share * (restored.data[at + c]! - before));
    }
  }
  return { ...restored, data: out };
}
