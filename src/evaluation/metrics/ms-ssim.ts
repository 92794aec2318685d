/** @file Multi-scale SSIM (Wang et al. 2003), as pytorch-msssim computes it. */
import { shapeError } from "../../base/errors.js";
import type { Levels } from "./levels.js";
import { SSIM_FORMS, ssimPerChannel } from "./ssim.js";

/** Exponents: of contrast and structure at each scale, the finest first; of the whole SSIM at the last. */
const WEIGHTS = [0.0448, 0.2856, 0.3001, 0.2363, 0.1333] as const;

/**
 * PyTorch's avg_pool2d(2, padding = size % 2): an odd side is padded with a zero in front, which counts in the mean.
 */
function halved({ width, height, channels, data }: Levels): Levels {
  const [left, top] = [width % 2, height % 2];
  const [outWidth, outHeight] = [(width + left) / 2, (height + top) / 2];
  const out = new Float64Array(channels * outWidth * outHeight);
  let to = 0;
  for (let channel = 0; channel < channels; channel++) {
    const at = (x: number, y: number) =>
      x < 0 || y < 0 || x >= width || y >= height ? 0 : data[(channel * height + y) * width + x]!;
    for (let y = -top; y < 2 * outHeight - top; y += 2)
      for (let x = -left; x < 2 * outWidth - left; x += 2)
        out[to++] = (at(x, y) + at(x + 1, y) + at(x, y + 1) + at(x + 1, y + 1)) / 4;
  }
  return { width: outWidth, height: outHeight, channels, data: out };
}

/** Mean over the channels; 1 for equal pictures. Throws `shape` unless both sides are above 160 px. */
export function msSsim(restored: Levels, truth: Levels): number {
  const { width, height, channels } = truth;
  if (Math.min(width, height) <= 160) throw shapeError("msSsim", "sides above 160 pixels", `${width}x${height}`);
  const products = new Float64Array(channels).fill(1);
  let [x, y] = [restored, truth];
  for (const [scale, weight] of WEIGHTS.entries()) {
    if (scale > 0) [x, y] = [halved(x), halved(y)];
    for (const [channel, { ssim, contrast }] of ssimPerChannel(x, y, SSIM_FORMS.skimage).entries())
      products[channel]! *= Math.max(0, scale === WEIGHTS.length - 1 ? ssim : contrast) ** weight;
  }
  return products.reduce((sum, product) => sum + product, 0) / channels;
}
