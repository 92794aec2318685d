/** @file A restoration in a part of the photo only. */
import { shapeError } from "../base/errors.js";
import type { Raster } from "../images/image.js";
import { greyPlanes, hasAlpha, planesFromRaster } from "../images/pixels.js";

/** How much of the restoration each pixel takes: 0 none, 1 all. */
export interface Mask {
  readonly width: number;
  readonly height: number;
  readonly data: Float32Array;
}

/** White is 1, black 0, colours by the mean of their channels; alpha is not looked at. */
export function maskFromRaster(raster: Raster): Mask {
  const { width, height, data } = greyPlanes(planesFromRaster(raster, "unit"));
  return { width, height, data };
}

/**
 * `restored` where the mask is 1, `original` where it is 0, both to the bit and whatever the depth, a blend between; alpha is the
 * original's. Throws `shape` for other sizes.
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
