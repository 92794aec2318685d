/**
 * @file Shared parts of multistep solvers. With lambda = log(signal / noise) the ODE of a diffusion is linear except
 * for the network, so a step is exact except for the change of the network's output within it (Lu et al. 2022,
 * DPM-Solver, prop. 3.1). Earlier outputs estimate this change.
 */
import { shapeError } from "../base/errors.js";
import type { NoiseLevel } from "../diffusion/denoiser.js";

/** The network's output as the formulas use it: the image (DPM-Solver++), or the noise in x_t (DPM-Solver). */
export type SolverTarget = "x0" | "eps";

/** log(signal / noise), half the log-SNR: minus infinity for pure noise, infinity for `CLEAN`. */
export const lambdaOf = ({ signal, noise }: NoiseLevel): number => Math.log(signal) - Math.log(noise);

/** An output of the network, and the lambda at which it was evaluated. */
export interface Estimate {
  readonly lambda: number;
  readonly values: Float32Array;
}

/**
 * The output as a solver's target, to keep. For "eps", (x_t - signal denoised) / noise is a new array; for "x0" it is
 * the given array. Throws `shape` for an output of another length.
 */
export function estimateOf(
  where: string,
  target: SolverTarget,
  x: Float32Array,
  denoised: Float32Array,
  level: NoiseLevel,
): Estimate {
  if (denoised.length !== x.length) throw shapeError(where, `${x.length} values from the denoiser`, [denoised.length]);
  const lambda = lambdaOf(level);
  if (target === "x0") return { lambda, values: denoised };
  const { signal, noise } = level;
  return { lambda, values: x.map((value, i) => (value - signal * denoised[i]!) / noise) };
}

/** Weighted sum of estimates. */
export function weightedSum(terms: readonly (readonly [weight: number, values: Float32Array])[]): Float32Array {
  const [[first, values], ...rest] = terms as [readonly [number, Float32Array], ...(typeof terms)[number][]];
  const sum = values.map((value) => first * value);
  for (const [weight, other] of rest) for (let i = 0; i < sum.length; i++) sum[i]! += weight * other[i]!;
  return sum;
}

/**
 * Returns whether a step has no slope and takes the image whatever its solver's target: from pure noise, or to the
 * clean image.
 */
export const isPlainStep = (from: NoiseLevel, to: NoiseLevel): boolean => from.signal === 0 || to.noise === 0;

/**
 * Estimates, newest first: the new one before those of other levels. Two estimates at one level, or one infinitely far
 * away, have no slope between them.
 */
export const remembered = (now: Estimate, known: readonly Estimate[]): readonly Estimate[] => [
  now,
  ...known.filter(({ lambda }) => lambda !== now.lambda && Number.isFinite(lambda)),
];

/**
 * Order of a step: at most the number of estimates, 1 for a step without a slope or to the same level, and with
 * `lowerAtEnd` at most the number of steps left.
 */
export function orderOfStep(
  order: number,
  { known, to, left }: { readonly known: readonly Estimate[]; readonly to: NoiseLevel; readonly left: number },
  lowerAtEnd: boolean,
): number {
  const now = known[0]!.lambda;
  if (to.noise === 0 || !Number.isFinite(now) || lambdaOf(to) === now) return 1;
  return Math.min(order, known.length, lowerAtEnd ? left : order);
}
