/**
 * @file The blur kernel between a sharp picture and a blurry one: least squares on their gradients, for a kernel that
 * is not negative and sums to 1. Gradients are nearly white; plain pixels would give most weight to the lowest
 * frequencies, which say least about a blur.
 */
import { argumentError, shapeError } from "../base/errors.js";
import type { Planes } from "../images/image.js";
import { blankKernel, type Kernel } from "./kernel.js";
import { exactEquations, type KernelEquations, type NormalEquations } from "./kernel-equations.js";
import { onSimplex } from "./simplex.js";

export interface FitKernelOptions {
  /** Reach of the kernel, an odd square, in pixels to each side. */
  readonly reachPx?: number;
  /**
   * Weight of the kernel's squared values, as a share of the sharp picture's power. It spreads out the part of the
   * kernel that the pictures do not determine.
   */
  readonly ridge?: number;
  readonly iterations?: number;
  /** Implementation of the normal equations; by default in double precision. */
  readonly equations?: KernelEquations;
}

/**
 * sharp, blurry: [1, H, W], any range -> the kernel that turns `sharp` into `blurry`. Both are faded out towards their
 * border, which makes the normal equations those of a convolution at the price of a small bias: a kernel should reach
 * over less than a quarter of the picture. The solver is the accelerated projected gradient (Beck and Teboulle 2009),
 * with Fourier transforms of four reaches a side. A picture without gradients gives an even kernel; test
 * `gradientPower` first.
 */
export const fitKernel = (sharp: Planes, blurry: Planes, options: FitKernelOptions = {}): Kernel =>
  kernelFitter(blurry, options)(sharp);

/** `fitKernel` for one blurry picture and several sharp ones; terms of the blurry picture alone are computed once. */
export function kernelFitter(
  blurry: Planes,
  { reachPx = 15, ridge = 1e-3, iterations = 100, equations = exactEquations }: FitKernelOptions = {},
): (sharp: Planes) => Kernel {
  checkPair(blurry, blurry, reachPx);
  const equationsOf = equations(blurry, reachPx);
  return (sharp) => {
    checkPair(sharp, blurry, reachPx);
    return solvedKernel(equationsOf(sharp), reachPx, { ridge, iterations, nearest: onSimplex });
  };
}

export interface ProjectedGradientOptions {
  readonly ridge: number;
  readonly iterations: number;
  /** Projects onto the permitted values. */
  nearest(values: Float64Array): Float64Array;
}

/** The kernel of these equations, starting from an even one. */
export function solvedKernel(equations: NormalEquations, reachPx: number, options: ProjectedGradientOptions): Kernel {
  const kernel = blankKernel(reachPx);
  kernel.data.fill(1 / kernel.data.length);
  projectedGradient(kernel.data, equations, options);
  return kernel;
}

/** Improves `data` in place by the accelerated projected gradient (Beck and Teboulle 2009). */
export function projectedGradient(
  data: Float64Array,
  { target, power, bound, multiply }: NormalEquations,
  { ridge, iterations, nearest }: ProjectedGradientOptions,
): void {
  const weight = ridge * power;
  const step = power > 0 ? 1 / (bound + weight) : 0;
  const ahead = data.slice();
  const product = new Float64Array(data.length);
  let momentum = 1;
  for (let i = 0; i < iterations; i++) {
    multiply(ahead, product);
    for (let at = 0; at < ahead.length; at++)
      ahead[at] = ahead[at]! - step * (product[at]! + weight * ahead[at]! - target[at]!);
    const next = nearest(ahead);
    const after = (1 + Math.sqrt(1 + 4 * momentum ** 2)) / 2;
    const further = (momentum - 1) / after;
    for (let at = 0; at < ahead.length; at++) ahead[at] = next[at]! + further * (next[at]! - data[at]!);
    data.set(next);
    momentum = after;
  }
}

function checkPair(sharp: Planes, blurry: Planes, reachPx: number): void {
  for (const { channels, height, width } of [sharp, blurry])
    if (channels !== 1 || height !== sharp.height || width !== sharp.width)
      throw shapeError("fitKernel", `[1, ${sharp.height}, ${sharp.width}]`, [channels, height, width]);
  const most = Math.floor(Math.min(sharp.width, sharp.height) / 4);
  if (!Number.isInteger(reachPx) || reachPx < 1 || reachPx > most)
    throw argumentError("fitKernel", `reachPx from 1 to a quarter of the picture's shorter side, ${most}`, reachPx);
}

/** Mean square of the differences between neighbours, right and below together, of a picture [1, H, W]. */
export function gradientPower({ width, height, data }: Planes): number {
  let sum = 0;
  for (let y = 0; y + 1 < height; y++)
    for (let x = 0, at = y * width; x + 1 < width; x++, at++)
      sum += (data[at + 1]! - data[at]!) ** 2 + (data[at + width]! - data[at]!) ** 2;
  return sum / Math.max((width - 1) * (height - 1), 1);
}
