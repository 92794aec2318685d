/**
 * @file NIQE (Mittal et al. 2013): distance of a picture's local statistics from those of natural photographs. Lower is
 * better. It uses no truth and so cannot detect invented detail: never report it alone. Computed as by BasicSR's
 * calculate_niqe on the Y channel.
 */
import { shapeError, UnblurError } from "../../base/errors.js";
import { imresize } from "../../images/imresize.js";
import { fitGeneralisedGaussian, gamma } from "./generalised-gaussian.js";
import { type Levels, padLevels } from "./levels.js";
import { lumaBt601 } from "./luma.js";
import { pristine } from "./niqe-pristine.js";
import { filterValid, gaussianTaps } from "./window.js";

const BLOCK = 96;
const TAPS = gaussianTaps(7, 7 / 6);
/** Neighbours in the products: rows down, columns to the right. */
const SHIFTS = [
  [0, 1],
  [1, 0],
  [1, 1],
  [1, -1],
] as const;

/**
 * Grey values minus their local mean, divided by their local deviation + 1. BasicSR computes this in float32, where the
 * difference of squares loses digits in smooth areas; without the same roundings the result differs by up to 1e-3.
 */
function normalised(grey: Levels): Float64Array {
  const { width, height, data } = padLevels(grey, 3, "replicate");
  const squares = data.map((value) => Math.fround(value * value));
  const [mean, power] = [data, squares].map((plane) => filterValid(plane, width, height, TAPS).map(Math.fround));
  return grey.data.map((value, i) => {
    const variance = Math.fround(power![i]! - Math.fround(mean![i]! ** 2));
    const deviation = Math.fround(Math.sqrt(Math.abs(variance)));
    return Math.fround(Math.fround(value - mean![i]!) / Math.fround(deviation + 1));
  });
}

/** The 18 features of one block: from its values, and from products with four neighbours (wrapped around the block). */
function featuresOf(block: Float64Array, size: number): number[] {
  const own = fitGeneralisedGaussian(block);
  const products = SHIFTS.flatMap(([down, across]) => {
    const product = block.map((value, i) => {
      const row = (Math.floor(i / size) - down + size) % size;
      return Math.fround(value * block[row * size + (((i % size) - across + size) % size)]!);
    });
    const { shape, left, right } = fitGeneralisedGaussian(product);
    return [shape, (right - left) * (gamma(2 / shape) / gamma(1 / shape)), left, right];
  });
  return [own.shape, (own.left + own.right) / 2, ...products];
}

function blocksOf(grey: Levels, size: number): number[][] {
  const values = normalised(grey);
  const features: number[][] = [];
  for (let left = 0; left + size <= grey.width; left += size)
    for (let top = 0; top + size <= grey.height; top += size) {
      const block = new Float64Array(size * size);
      for (let y = 0; y < size; y++) {
        const from = (top + y) * grey.width + left;
        block.set(values.subarray(from, from + size), y * size);
      }
      features.push(featuresOf(block, size));
    }
  return features;
}

/** x^T A^-1 x of a symmetric positive definite A, computed as |L^-1 x|^2 with the Cholesky factor L. */
function inverseQuadratic(matrix: Float64Array, x: Float64Array): number {
  const n = x.length;
  const factor = new Float64Array(n * n);
  const z = new Float64Array(n);
  let sum = 0;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let rest = matrix[i * n + j]!;
      for (let k = 0; k < j; k++) rest -= factor[i * n + k]! * factor[j * n + k]!;
      factor[i * n + j] = i === j ? Math.sqrt(rest) : rest / factor[j * n + j]!;
    }
    let rest = x[i]!;
    for (let k = 0; k < i; k++) rest -= factor[i * n + k]! * z[k]!;
    z[i] = rest / factor[i * n + i]!;
    sum += z[i]! ** 2;
  }
  return sum;
}

/**
 * picture: [1 or 3, H, W]. Only whole blocks of 96 x 96 pixels count, and flat ones are left out. Throws `shape` if
 * there are fewer than two blocks, `numeric` if fewer than two are not flat.
 */
export function niqe(picture: Levels): number {
  const [columns, rows] = [Math.floor(picture.width / BLOCK), Math.floor(picture.height / BLOCK)];
  if (columns * rows < 2)
    throw shapeError("niqe", `two whole blocks of ${BLOCK}x${BLOCK} pixels`, `${picture.width}x${picture.height}`);
  const luma = lumaBt601(picture);
  const [width, height] = [columns * BLOCK, rows * BLOCK];
  const data = new Float64Array(width * height);
  for (let i = 0; i < data.length; i++)
    data[i] = roundHalfEven(luma.data[Math.floor(i / width) * luma.width + (i % width)]!);
  const grey: Levels = { width, height, channels: 1, data };
  const small = imresize(grey, 0.5);
  const half = blocksOf({ ...small, data: small.data.map(Math.fround) }, BLOCK / 2);
  const features = blocksOf(grey, BLOCK).map((block, i) => [...block, ...half[i]!]);

  const { mean: naturalMean, covariance: natural } = pristine();
  const n = naturalMean.length;
  const mean = Float64Array.from({ length: n }, (_, j) => nanMean(features.map((row) => row[j]!)));
  const whole = features.filter((row) => !row.some(Number.isNaN));
  if (whole.length < 2)
    throw new UnblurError(
      "numeric",
      `niqe: expected two blocks that are not flat, got ${whole.length}; use larger pictures`,
    );
  const centre = Array.from({ length: n }, (_, j) => nanMean(whole.map((row) => row[j]!)));
  const covariance = natural.map((value, at) => {
    const [i, j] = [Math.floor(at / n), at % n];
    const sum = whole.reduce((total, row) => total + (row[i]! - centre[i]!) * (row[j]! - centre[j]!), 0);
    return (value + sum / (whole.length - 1)) / 2;
  });
  return Math.sqrt(
    inverseQuadratic(
      covariance,
      mean.map((value, j) => value - naturalMean[j]!),
    ),
  );
}

/** Rounds halves to even, as NumPy does. */
function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  if (value - floor !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}

function nanMean(values: readonly number[]): number {
  const finite = values.filter((value) => !Number.isNaN(value));
  return finite.reduce((sum, value) => sum + value, 0) / finite.length;
}
