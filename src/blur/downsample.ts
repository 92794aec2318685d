/**
 * @file Downsampling of the paper's eq. 1: every s-th pixel from the first on. The blur before it is the only filter.
 */
import { argumentError } from "../base/errors.js";
import type { Planes } from "../images/image.js";

/** [C, H, W] -> [C, ceil(H / s), ceil(W / s)]. */
export function downsample(planes: Planes, s: number): Planes {
  if (!Number.isInteger(s) || s < 1) throw argumentError("downsample", "s must be a positive integer", s);
  if (s === 1) return planes;
  const width = Math.ceil(planes.width / s);
  const height = Math.ceil(planes.height / s);
  const out = new Float32Array(planes.channels * width * height);
  for (let channel = 0, to = 0; channel < planes.channels; channel++)
    for (let y = 0; y < height; y++) {
      const row = (channel * planes.height + y * s) * planes.width;
      for (let x = 0; x < width; x++) out[to++] = planes.data[row + x * s]!;
    }
  return { width, height, channels: planes.channels, data: out };
}
