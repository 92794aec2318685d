/**
 * @file Downsampling of the paper's eq. 1. A pixel of a coarser sensor gathers the light of s x s finer ones, so the
 * result is their mean; its pixels lie in the middle of theirs, where enlarging by interpolation puts them back.
 */
import { argumentError } from "../base/errors.js";
import type { Planes } from "../images/image.js";

/** [C, H, W] -> [C, ceil(H / s), ceil(W / s)]. Squares that are cut by the right or bottom edge have fewer pixels. */
export function downsample(planes: Planes, s: number): Planes {
  if (!Number.isInteger(s) || s < 1) throw argumentError("downsample", "s must be a positive integer", s);
  if (s === 1) return planes;
  const { width: across, height: down, channels, data } = planes;
  const [width, height] = [Math.ceil(across / s), Math.ceil(down / s)];
  const out = new Float32Array(channels * width * height);
  for (let channel = 0, to = 0; channel < channels; channel++)
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++, to++) {
        const [right, bottom] = [Math.min(across, (x + 1) * s), Math.min(down, (y + 1) * s)];
        let sum = 0;
        for (let row = y * s; row < bottom; row++)
          for (let column = x * s; column < right; column++) sum += data[(channel * down + row) * across + column]!;
        out[to] = sum / ((bottom - y * s) * (right - x * s));
      }
  return { width, height, channels, data: out };
}
