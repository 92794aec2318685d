/**
 * @file What solvers that remember earlier estimates share. With lambda = log(signal / noise) the ODE of a diffusion is linear but for
 * the network, and a step is exact but for how the network's output changes within it (Lu et al. 2022, DPM-Solver, prop. 3.1):
 * an earlier output or two say how.
 */
import { shapeError } from "../base/errors.js";
import type { NoiseLevel } from "../diffusion/denoiser.js";

/** What the network's output stands for in the formulas: the image (DPM-Solver++), or the noise in x_t (DPM-Solver). */
export type SolverTarget = "x0" | "eps";

/** log(signal / noise), half the log-SNR: minus infinity for pure noise, infinity for `CLEAN`. */
export const lambdaOf = ({ signal, noise }: NoiseLevel): number => Math.log(signal) - Math.log(noise);

/** An output of the network and where it was asked for. */
export interface Estimate {
  readonly lambda: number;
  readonly values: Float32Array;
}

/**
 * The output as a solver's target, to keep. eps = (x_t - signal denoised) / noise is written into a new array; an image is the array
 * given. Throws `shape` for an output of another length.
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

/** The sum of estimates, each by its weight. */
export function weightedSum(terms: readonly (readonly [weight: number, values: Float32Array])[]): Float32Array {
  const [[first, values], ...rest] = terms as [readonly [number, Float32Array], ...(typeof terms)[number][]];
  const sum = values.map((value) => first * value);
  for (const [weight, other] of rest) for (let i = 0; i < sum.length; i++) sum[i]! += weight * other[i]!;
  return sum;
}

/** A step without a slope to follow, which takes the image whatever its solver's target: from pure noise, or to the clean image. */
export const isPlainStep = (from: NoiseLevel, to: NoiseLevel): boolean => from.signal === 0 || to.noise === 0;

/** Newest first, a new one before those of other levels: there is no slope between two at one level, or to one infinitely far. */
export const remembered = (now: Estimate, known: readonly Estimate[]): readonly Estimate[] => [
  now,
  ...known.filter(({ lambda }) => lambda !== now.lambda && Number.isFinite(lambda)),
];

/**
 * The order a step may have: no higher than there are estimates, one for a step without a slope or to
 * the same level, and with `lowerAtEnd` no higher than there are steps left.
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
