/**
 * @file MATLAB's imresize with the bicubic kernel and antialiasing, by which papers on super-resolution make their
 * small pictures. The bicubic methods of other libraries differ in kernel parameter, antialiasing or borders.
 */
import { argumentError } from "../base/errors.js";
import { boundaryIndices } from "./boundary.js";
import type { Planes } from "./image.js";

/** Bicubic kernel (Keys 1981) with a = -1/2, support [-2, 2]. */
function cubic(x: number): number {
  const a = Math.abs(x);
  if (a <= 1) return 1.5 * a ** 3 - 2.5 * a ** 2 + 1;
  return a <= 2 ? -0.5 * a ** 3 + 2.5 * a ** 2 - 4 * a + 2 : 0;
}

interface Line {
  readonly sources: Int32Array;
  readonly weights: Float64Array;
  /** Number of source pixels per result. */
  readonly taps: number;
}

/** Source positions and weights of each pixel of the resized line. */
function lineOf(length: number, resized: number, scale: number): Line {
  const stretch = Math.min(scale, 1); // when shrinking, the kernel widens by 1 / scale
  const width = 4 / stretch;
  const taps = Math.ceil(width) + 2;
  const sources = new Int32Array(resized * taps);
  const weights = new Float64Array(resized * taps);
  const margin = taps + Math.ceil(1 / scale);
  const mirrored = boundaryIndices("symmetric", length, margin, margin);
  for (let i = 0; i < resized; i++) {
    const centre = (i + 0.5) / scale - 0.5;
    const first = Math.floor(centre - width / 2);
    let sum = 0;
    for (let k = 0; k < taps; k++) {
      sources[i * taps + k] = mirrored[first + k + margin]!;
      weights[i * taps + k] = cubic((centre - first - k) * stretch);
      sum += weights[i * taps + k]!;
    }
    for (let k = 0; k < taps; k++) weights[i * taps + k]! /= sum;
  }
  return { sources, weights, taps };
}

/** Planar values of any range: [channels, height, width]. */
interface Values<Data extends Float32Array | Float64Array> {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  readonly data: Data;
}

/** Resizes into `create(length)`. [C, H, W] -> [C, ceil(scale H), ceil(scale W)]. */
function resized<Data extends Float32Array | Float64Array>(
  { width, height, channels, data }: Values<Data>,
  scale: number,
  create: (length: number) => Data,
): Values<Data> {
  if (!(scale > 0 && Number.isFinite(scale))) throw argumentError("imresize", "scale must be positive", scale);
  const [outWidth, outHeight] = [Math.ceil(width * scale), Math.ceil(height * scale)];
  const [rows, columns] = [lineOf(height, outHeight, scale), lineOf(width, outWidth, scale)];
  const out = create(channels * outHeight * outWidth);
  const line = new Float64Array(width);
  let to = 0;
  for (let channel = 0; channel < channels; channel++)
    for (let y = 0; y < outHeight; y++) {
      line.fill(0);
      for (let k = 0; k < rows.taps; k++) {
        const from = (channel * height + rows.sources[y * rows.taps + k]!) * width;
        const weight = rows.weights[y * rows.taps + k]!;
        for (let x = 0; x < width; x++) line[x]! += weight * data[from + x]!;
      }
      for (let x = 0; x < outWidth; x++) {
        let sum = 0;
        for (let k = x * columns.taps; k < (x + 1) * columns.taps; k++)
          sum += columns.weights[k]! * line[columns.sources[k]!]!;
        out[to++] = sum;
      }
    }
  return { width: outWidth, height: outHeight, channels, data: out };
}

/** [C, H, W] -> [C, ceil(scale H), ceil(scale W)], neither rounded nor clamped. Borders are padded by reflection. */
export const imresize = (values: Values<Float64Array>, scale: number): Values<Float64Array> =>
  resized(values, scale, (length) => new Float64Array(length));

/** The same for a picture in float32. */
export const imresizePlanes = (planes: Planes, scale: number): Planes =>
  resized<Float32Array>(planes, scale, (length) => new Float32Array(length));
