/** @file Separable windows over a plane, in float64. */
import { shapeError } from "../../base/errors.js";

/** Gaussian weights [size] that sum to 1. */
export function gaussianTaps(size: number, sigma: number): Float64Array {
  const taps = Float64Array.from({ length: size }, (_, i) => Math.exp(-((i - (size - 1) / 2) ** 2) / (2 * sigma ** 2)));
  const sum = taps.reduce((total, tap) => total + tap, 0);
  return taps.map((tap) => tap / sum);
}

/** Equal weights [size] that sum to 1. */
export const uniformTaps = (size: number): Float64Array => new Float64Array(size).fill(1 / size);

/**
 * [H, W] -> [H - n + 1, W - n + 1]: weighted mean wherever the n x n window fits. Throws `shape` if it fits nowhere.
 */
export function filterValid(plane: Float64Array, width: number, height: number, taps: Float64Array): Float64Array {
  const n = taps.length;
  const [outWidth, outHeight] = [width - n + 1, height - n + 1];
  if (outWidth < 1 || outHeight < 1) throw shapeError("filterValid", `at least ${n}x${n} pixels`, `${width}x${height}`);
  const line = new Float64Array(width);
  const out = new Float64Array(outWidth * outHeight);
  for (let y = 0, to = 0; y < outHeight; y++, to += outWidth) {
    line.fill(0);
    for (let k = 0; k < n; k++) {
      const tap = taps[k]!;
      const from = (y + k) * width;
      for (let x = 0; x < width; x++) line[x]! += tap * plane[from + x]!;
    }
    for (let x = 0; x < outWidth; x++) {
      let sum = 0;
      for (let k = 0; k < n; k++) sum += taps[k]! * line[x + k]!;
      out[to + x] = sum;
    }
  }
  return out;
}
