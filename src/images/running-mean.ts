/** @file Box filters, whose cost does not depend on the box size; a few in a row approximate a Gaussian. */
import { boundaryIndices } from "./boundary.js";

interface Plane {
  readonly width: number;
  readonly height: number;
  /** [height * width] */
  readonly data: Float32Array;
}

/**
 * Replaces each pixel, in place, by the mean of the square of 2 reach + 1 pixels a side around it. Padding is
 * "symmetric", which keeps the mean of the whole. Sums are float64; needs a copy of the data in memory.
 */
export function runningMean({ width, height, data }: Plane, reach: number): void {
  const columns = boundaryIndices("symmetric", width, reach, reach);
  const rows = boundaryIndices("symmetric", height, reach, reach);
  const size = 2 * reach + 1;
  const means = new Float32Array(data.length);
  for (let y = 0; y < height; y++) {
    const row = y * width;
    let sum = 0;
    for (let i = 0; i < size; i++) sum += data[row + columns[i]!]!;
    for (let x = 0; x < width; x++) {
      means[row + x] = sum / size;
      sum += data[row + columns[Math.min(x + size, columns.length - 1)]!]! - data[row + columns[x]!]!;
    }
  }
  const sums = new Float64Array(width);
  for (let i = 0; i < size; i++) addRow(sums, means, rows[i]! * width, 1);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) data[y * width + x] = sums[x]! / size;
    if (y + 1 === height) break;
    addRow(sums, means, rows[y + size]! * width, 1);
    addRow(sums, means, rows[y]! * width, -1);
  }
}

function addRow(sums: Float64Array, data: Float32Array, start: number, sign: number): void {
  for (let x = 0; x < sums.length; x++) sums[x]! += sign * data[start + x]!;
}
