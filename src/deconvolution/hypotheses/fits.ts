/**
 * @file Ways to fit a kernel to its normal equations. A sketch of few steps has lost contrast. A kernel that is forced
 * to sum to 1 compensates with spread-out noise; a kernel whose sum is free does not, and is scaled afterwards.
 */
import { solvedKernel } from "../../blur/fit-kernel.js";
import { blankKernel, type Kernel } from "../../blur/kernel.js";
import type { NormalEquations } from "../../blur/kernel-equations.js";
import { onSimplex } from "../../blur/simplex.js";
import type { KernelFit } from "./hypothesis.js";

type Fit = (equations: NormalEquations, reachPx: number, settings: Omit<KernelFit, "kind">) => Kernel;

const notNegative = (values: Float64Array): Float64Array => values.map((value) => Math.max(value, 0));

/**
 * Fits without constraints, by conjugate gradients from an even kernel; `ridge` is the weight of the squared values.
 */
const conjugateGradients: Fit = ({ target, multiply }, reachPx, { ridge, iterations }) => {
  const kernel = blankKernel(reachPx);
  const { data } = kernel;
  data.fill(1 / data.length);
  const product = new Float64Array(data.length);
  const dot = (a: Float64Array, b: Float64Array) => a.reduce((sum, value, i) => sum + value * b[i]!, 0);
  multiply(data, product);
  const residual = target.map((value, i) => value - product[i]! - ridge * data[i]!);
  const direction = residual.slice();
  let power = dot(residual, residual);
  for (let i = 0; i < iterations && power > 0; i++) {
    multiply(direction, product);
    for (let at = 0; at < product.length; at++) product[at]! += ridge * direction[at]!;
    const step = power / dot(direction, product);
    for (let at = 0; at < data.length; at++) {
      data[at]! += step * direction[at]!;
      residual[at]! -= step * product[at]!;
    }
    const next = dot(residual, residual);
    if (next < 1e-10 * power) break;
    for (let at = 0; at < data.length; at++) direction[at] = residual[at]! + (next / power) * direction[at]!;
    power = next;
  }
  return kernel;
};

/** Fits by kind. Values may be negative and need not sum to 1; the caller prunes and scales them. */
export const FITS = {
  simplex: (equations, reachPx, settings) => solvedKernel(equations, reachPx, { ...settings, nearest: onSimplex }),
  "not negative": (equations, reachPx, settings) =>
    solvedKernel(equations, reachPx, { ...settings, nearest: notNegative }),
  "conjugate gradients": conjugateGradients,
} as const satisfies Record<KernelFit["kind"], Fit>;
