/** @file Error of brightness and colour apart from detail: diffusion models shift both. */
import { checkSameSize, type Levels } from "./levels.js";

const BLOCK = 64;

/**
 * Mean absolute difference of block means, in 8-bit levels, over channels and blocks of 64 x 64 pixels (smaller at the
 * right and bottom edge, weighted by their size). Blur hardly changes such means; a shift of 1 is just visible.
 */
export function toneError(restored: Levels, truth: Levels): number {
  checkSameSize("toneError", restored, truth);
  const { width, height, channels, data } = truth;
  const columns = Math.ceil(width / BLOCK);
  const rows = Math.ceil(height / BLOCK);
  const sums = new Float64Array(channels * rows * columns);
  for (let i = 0; i < data.length; i++) {
    const [x, y] = [i % width, Math.floor(i / width)]; // y continues through the channels
    const [channel, row] = [Math.floor(y / height), Math.floor((y % height) / BLOCK)];
    sums[(channel * rows + row) * columns + Math.floor(x / BLOCK)]! += restored.data[i]! - data[i]!;
  }
  return sums.reduce((total, sum) => total + Math.abs(sum), 0) / data.length;
}
