/** @file PSNR and SSIM by their definitions: one position after the other, float64, on interleaved bytes. */
import type { Raster } from "../../src/images/image.js";

/** dB over all values of both pictures. */
export function naivePsnr(a: Raster, b: Raster): number {
  let squares = 0;
  for (let i = 0; i < a.data.length; i++) squares += (a.data[i]! - b.data[i]!) ** 2;
  return 20 * Math.log10(255) - 10 * Math.log10(squares / a.data.length);
}

/**
 * Wang et al. 2004: a Gaussian window of 11 x 11, sigma 1.5; mean, then variance about it, wherever the window fits;
 * the mean over positions and channels. What skimage gives with gaussian_weights, sigma 1.5 and population covariance.
 */
export function naiveSsim(a: Raster, b: Raster): number {
  const weights: number[] = [];
  for (let y = -5; y <= 5; y++) for (let x = -5; x <= 5; x++) weights.push(Math.exp(-(x * x + y * y) / (2 * 1.5 ** 2)));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const mean = (values: number[]) => values.reduce((sum, value, k) => sum + (weights[k]! / total) * value, 0);
  const [c1, c2] = [2.55 ** 2, 7.65 ** 2];
  let [sum, count] = [0, 0];
  for (let channel = 0; channel < a.channels; channel++)
    for (let top = 0; top + 11 <= a.height; top++)
      for (let left = 0; left + 11 <= a.width; left++) {
        const values = ({ data, width, channels }: Raster) =>
          weights.map((_, k) => data[((top + Math.floor(k / 11)) * width + left + (k % 11)) * channels + channel]!);
        const [x, y] = [values(a), values(b)];
        const [mx, my] = [mean(x), mean(y)];
        const vx = mean(x.map((value) => (value - mx) ** 2));
        const vy = mean(y.map((value) => (value - my) ** 2));
        const vxy = mean(x.map((value, k) => (value - mx) * (y[k]! - my)));
        sum += ((2 * mx * my + c1) * (2 * vxy + c2)) / ((mx * mx + my * my + c1) * (vx + vy + c2));
        count++;
      }
  return sum / count;
}
