/**
 * @file DPM-Solver (Lu et al. 2022) and DPM-Solver++ (Lu et al. 2022, "DPM-Solver++: Fast Solver for Guided Sampling"),
 * multistep, of order 1 to 3: one evaluation per step; earlier outputs give the derivatives. Order 1 of "x0" is DDIM.
 */
import * as z from "zod";
import type { NoiseLevel } from "../diffusion/denoiser.js";
import {
  type Estimate,
  estimateOf,
  isPlainStep,
  lambdaOf,
  orderOfStep,
  remembered,
  type SolverTarget,
  weightedSum,
} from "./multistep.js";
import type { Sampler } from "./sampling.js";
import { applyUpdate } from "./update.js";
import { walk } from "./walk.js";

export const dpmSolverSchema = z
  .strictObject({
    kind: z.literal("dpm-solver"),
    order: z.int().min(1).max(3).default(2).describe("2 (2M) suits few steps of real models; 3 needs a smooth model"),
    target: z
      .enum(["x0", "eps"])
      .default("x0")
      .describe("quantity that is assumed to change slowly: the image (DPM-Solver++) or the noise (DPM-Solver)"),
    stochastic: z.boolean().default(false).describe("solve the reverse SDE instead of the ODE: noise in every step"),
    correction: z
      .enum(["midpoint", "heun"])
      .default("midpoint")
      .describe("weight of the derivative in order 2; both agree as steps shrink"),
    lowerAtEnd: z
      .boolean()
      .nullable()
      .default(null)
      .describe("order 2 and 1 in the last two steps; null: with fewer than 15 steps, where high orders overshoot"),
  })
  .refine(({ target, stochastic, order }) => !stochastic || (target === "x0" && order < 3), {
    message: 'stochastic needs target "x0" and order 1 or 2, for which it is published',
  });
export type DpmSolverOptions = z.infer<typeof dpmSolverSchema>;

/** Number of steps below which the last steps use lower orders. */
const FEW_STEPS = 15;

/**
 * Weights of a step: of x, of the output, of its first and second divided differences in units of the step, and of
 * noise.
 */
interface Weights {
  readonly x: number;
  readonly value: number;
  readonly slope: number;
  readonly curvature: number;
  readonly noise: number;
}

/**
 * The integrals of the step in closed form. h may be infinite for order 1 (from pure noise, or to `CLEAN`): exp(-h) is
 * computed from the levels, and the weights of differences are not used.
 */
function weightsOf(
  from: NoiseLevel,
  to: NoiseLevel,
  order: number,
  { target, stochastic, correction }: DpmSolverOptions,
): Weights {
  const decay = (from.signal * to.noise) / (from.noise * to.signal); // exp(-h)
  const h = lambdaOf(to) - lambdaOf(from);
  const half = order === 2 && correction === "midpoint";
  if (target === "eps" && !isPlainStep(from, to)) {
    const growth = 1 / decay - 1;
    const slope = half ? growth / 2 : growth / h - 1;
    return {
      x: to.signal / from.signal,
      value: -to.noise * growth,
      slope: -to.noise * slope,
      curvature: -to.noise * ((growth - h) / (h * h) - 0.5),
      noise: 0,
    };
  }
  // Lu et al., eqs. 9 and 14: the SDE forgets twice as much as the ODE and replaces it by fresh noise.
  const [far, rest] = stochastic ? [2 * h, decay ** 2] : [h, decay];
  const change = 1 - rest;
  const slope = half ? change / 2 : 1 - change / far;
  return {
    x: (to.noise / from.noise) * (stochastic ? decay : 1),
    value: to.signal * change,
    slope: to.signal * slope,
    curvature: -to.signal * ((far - change) / (far * far) - 0.5),
    noise: stochastic ? to.noise * Math.sqrt(Math.max(change, 0)) : 0,
  };
}

/** Weighted sum of the estimates, newest first. */
function combined([now, before, earlier]: readonly Estimate[], order: number, h: number, weights: Weights) {
  const { value, slope, curvature } = weights;
  if (order === 1 || !before) return weightedSum([[value, now!.values]]);
  const r0 = (now!.lambda - before.lambda) / h;
  if (order === 2 || !earlier)
    return weightedSum([
      [value + slope / r0, now!.values],
      [-slope / r0, before.values],
    ]);
  // Divided differences of the newest two and of the older two estimates, extrapolated to the newest, and their
  // difference.
  const r1 = (before.lambda - earlier.lambda) / h;
  const ahead = r0 / (r0 + r1);
  const newer = slope * (1 + ahead) + curvature / (r0 + r1);
  const older = -slope * ahead - curvature / (r0 + r1);
  return weightedSum([
    [value + newer / r0, now!.values],
    [older / r1 - newer / r0, before.values],
    [-older / r1, earlier.values],
  ]);
}

/** See `Sampler` for the ownership of arrays. Also holds as many estimates as its order. */
export const dpmSolver: Sampler<DpmSolverOptions> = (denoise, x, levels, noise, options) => {
  const total = levels.length - 1;
  const lowerAtEnd = options.lowerAtEnd ?? total < FEW_STEPS;
  const target: SolverTarget = options.target;
  let known: readonly Estimate[] = [];
  return walk("dpm-solver", denoise, x, levels, (denoised, from, to, index, where) => {
    const usable = isPlainStep(from, to) ? "x0" : target;
    known = remembered(estimateOf(where, usable, x, denoised, from), known);
    const order = orderOfStep(options.order, { known, to, left: total - index }, lowerAtEnd);
    const weights = weightsOf(from, to, order, options);
    const sum = combined(known, order, lambdaOf(to) - lambdaOf(from), weights);
    applyUpdate(where, x, sum, { x0: 1, xt: weights.x, noise: weights.noise }, (start, count) =>
      noise(index, start, count),
    );
    const spent = known[options.order - 1]?.values;
    known = known.slice(0, options.order - 1);
    return spent;
  });
};
