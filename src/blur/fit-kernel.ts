/**
 * @file The blur kernel between a sharp picture and a blurry one: least squares on their gradients, with a kernel that is not negative
 * and sums to 1. Gradients, because they are nearly white: plain pixels would weigh the lowest frequencies, which tell least of a blur.
 */
import { argumentError, shapeError } from "../base/errors.js";
import type { Planes } from "../images/image.js";
import { type BlockTransform, ExactBlockTransform } from "./block-transform.js";
import { blankKernel, type Kernel } from "./kernel.js";
import { powerOfTwo } from "./line-transform.js";
import { onSimplex } from "./simplex.js";

export interface FitKernelOptions {
  /** The kernel is an odd square that reaches so far to each side. */
  readonly reachPx?: number;
  /** Weight of the kernel's squared values, as a share of the sharp picture's power: what the pictures do not tell stays spread out. */
  readonly ridge?: number;
  readonly iterations?: number;
  /** A transform of blocks in which so many pixels a side fit; in double precision when left out. */
  transformFor?(px: number): BlockTransform;
}

/**
 * [1, H, W] twice, in any range -> the kernel that turns `sharp` into `blurry`. Both are faded out towards their border, which makes the
 * normal equations those of a convolution at the price of a small bias: kernels should reach over less than a quarter of the picture.
 * Accelerated projected gradient (Beck and Teboulle 2009), a Fourier transform of four reaches a side each. A picture without any
 * gradient gives an even kernel: ask `gradientPower` first.
 */
export const fitKernel = (sharp: Planes, blurry: Planes, options: FitKernelOptions = {}): Kernel =>
  kernelFitter(blurry, options)(sharp);

/** `fitKernel` for one blurry picture and several sharp ones: what depends on the blurry one is computed once. */
export function kernelFitter(
  blurry: Planes,
  {
    reachPx = 15,
    ridge = 1e-3,
    iterations = 100,
    transformFor = (px) => new ExactBlockTransform(powerOfTwo(px)),
  }: FitKernelOptions = {},
): (sharp: Planes) => Kernel {
  checkPair(blurry, blurry, reachPx);
  // Room for a shift by two reaches, so that nothing comes round to the other side.
  const transform = transformFor(Math.max(blurry.width, blurry.height) + 2 * reachPx);
  const newBlock = () => new Float64Array(2 * transform.size ** 2);
  const seen = gradientSpectrum(blurry, transform, newBlock());
  // For one sharp picture after the other: megabytes that would be given back after each of them.
  const [own, products] = [newBlock(), newBlock()];
  return (sharp) => {
    checkPair(sharp, blurry, reachPx);
    const equations = normalEquations(gradientSpectrum(sharp, transform, own), seen, { transform, reachPx, products });
    return solved(equations, { reachPx, ridge, iterations, transformFor });
  };
}

function solved(
  { correlation, target }: ReturnType<typeof normalEquations>,
  { reachPx, ridge, iterations, transformFor }: Required<FitKernelOptions>,
): Kernel {
  const { multiply, bound, power } = correlationOperator(correlation, reachPx, transformFor);
  const kernel = blankKernel(reachPx);
  const { data } = kernel;
  data.fill(1 / data.length);
  const weight = ridge * power;
  const step = power > 0 ? 1 / (bound + weight) : 0;
  let [ahead, momentum] = [data.slice(), 1];
  for (let i = 0; i < iterations; i++) {
    const product = multiply(ahead);
    const next = onSimplex(ahead.map((value, at) => value - step * (product[at]! + weight * value - target[at]!)));
    const after = (1 + Math.sqrt(1 + 4 * momentum ** 2)) / 2;
    ahead = next.map((value, at) => value + ((momentum - 1) / after) * (value - data[at]!));
    data.set(next);
    momentum = after;
  }
  return kernel;
}

function checkPair(sharp: Planes, blurry: Planes, reachPx: number): void {
  for (const { channels, height, width } of [sharp, blurry])
    if (channels !== 1 || height !== sharp.height || width !== sharp.width)
      throw shapeError("fitKernel", `[1, ${sharp.height}, ${sharp.width}]`, [channels, height, width]);
  const most = Math.floor(Math.min(sharp.width, sharp.height) / 4);
  if (!Number.isInteger(reachPx) || reachPx < 1 || reachPx > most)
    throw argumentError("fitKernel", `reachPx from 1 to a quarter of the picture's shorter side, ${most}`, reachPx);
}

/** Mean square of the differences between neighbours, to the right and below together. [1, H, W] */
export function gradientPower({ width, height, data }: Planes): number {
  let sum = 0;
  for (let y = 0; y + 1 < height; y++)
    for (let x = 0, at = y * width; x + 1 < width; x++, at++)
      sum += (data[at + 1]! - data[at]!) ** 2 + (data[at + width]! - data[at]!) ** 2;
  return sum / Math.max((width - 1) * (height - 1), 1);
}

/** Of a side, how much fades to nothing at each end. Fading all the way to the middle leaves a seventh of the picture, this a third. */
const FADE = 0.35;

/** A window of `n` that is 0 beyond both ends and 1 in between (Tukey). */
function fade(i: number, n: number): number {
  const share = Math.min(i + 1, n - i) / (FADE * (n + 1));
  return share < 1 ? Math.sin((Math.PI / 2) * share) ** 2 : 1;
}

/** Differences to the right and below as one complex number, times a window that is 0 at the border; its Fourier transform, in `block`. */
function gradientSpectrum(
  { width, height, data }: Planes,
  transform: BlockTransform,
  block: Float64Array,
): Float64Array {
  const [across, down] = [width - 1, height - 1].map((side) =>
    Float64Array.from({ length: side }, (_, i) => fade(i, side)),
  );
  block.fill(0);
  for (let y = 0; y + 1 < height; y++)
    for (let x = 0; x + 1 < width; x++) {
      const from = y * width + x;
      const to = 2 * (y * transform.size + x);
      const weight = across![x]! * down![y]!;
      block[to] = weight * (data[from + 1]! - data[from]!);
      block[to + 1] = weight * (data[from + width]! - data[from]!);
    }
  transform.forward(block);
  return block;
}

/**
 * Correlation of the sharp gradients `x` with themselves up to two reaches, and with the blurry ones `y` up to one. Of both only the real part
 * counts (the other mixes the two directions), which is the transform of a spectrum's symmetric part; so one transform gives both, the second
 * as its imaginary part.
 */
function normalEquations(
  x: Float64Array,
  y: Float64Array,
  { transform, reachPx, products }: { transform: BlockTransform; reachPx: number; products: Float64Array },
) {
  const { size } = transform;
  for (let v = 0, i = 0; v < size; v++)
    for (let u = 0; u < size; u++, i += 2) {
      const mirrored = 2 * (((size - v) % size) * size + ((size - u) % size));
      const a = x[i]!;
      const b = x[i + 1]!;
      const c = y[i]!;
      const d = y[i + 1]!;
      const e = x[mirrored]!;
      const f = x[mirrored + 1]!;
      const g = y[mirrored]!;
      const h = y[mirrored + 1]!;
      const squared = a * a + b * b + e * e + f * f;
      const across = a * c + b * d + e * g + f * h;
      const imaginary = a * d - b * c - (e * h - f * g);
      products[i] = (squared - imaginary) / 2;
      products[i + 1] = across / 2;
    }
  transform.inverse(products);
  const around = (reach: number, part: 0 | 1): Float64Array => {
    const side = 2 * reach + 1;
    const wrapped = (offset: number) => (offset + size) % size;
    return Float64Array.from({ length: side * side }, (_, i) => {
      const [dx, dy] = [(i % side) - reach, Math.floor(i / side) - reach];
      return products[2 * (wrapped(dy) * size + wrapped(dx)) + part]!;
    });
  };
  return { correlation: around(2 * reachPx, 0), target: around(reachPx, 1) };
}

/** The matrix of the normal equations, which holds at (u, v) the correlation at u - v: a product is a convolution. */
function correlationOperator(
  correlation: Float64Array,
  reachPx: number,
  transformFor: Required<FitKernelOptions>["transformFor"],
) {
  const [side, wide] = [2 * reachPx + 1, 4 * reachPx + 1];
  const transform = transformFor(wide);
  const { size } = transform;
  const spectrum = new Float64Array(2 * size * size);
  correlation.forEach((value, i) => {
    const [dx, dy] = [(i % wide) - 2 * reachPx, Math.floor(i / wide) - 2 * reachPx];
    spectrum[2 * (((dy + size) % size) * size + ((dx + size) % size))] = value;
  });
  transform.forward(spectrum);
  let bound = 0; // of the matrix's largest eigenvalue
  for (let i = 0; i < spectrum.length; i += 2) bound = Math.max(bound, Math.abs(spectrum[i]!));
  const block = new Float64Array(spectrum.length);
  const places = Int32Array.from({ length: side * side }, (_, i) => 2 * (Math.floor(i / side) * size + (i % side)));
  const multiply = (kernel: Float64Array): Float64Array => {
    block.fill(0);
    for (let i = 0; i < kernel.length; i++) block[places[i]!] = kernel[i]!;
    transform.forward(block);
    for (let i = 0; i < block.length; i += 2) {
      const gain = spectrum[i]!; // real: a correlation with itself is symmetric
      block[i]! *= gain;
      block[i + 1]! *= gain;
    }
    transform.inverse(block);
    return kernel.map((_, i) => block[places[i]!]!);
  };
  return { multiply, bound, power: correlation[(correlation.length - 1) / 2]! };
}
