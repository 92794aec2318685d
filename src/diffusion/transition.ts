/** @file The transition from one noise level to a cleaner one: the paper's eqs. 4 to 6 and 8, for any two levels. */
import type { NoiseLevel } from "./denoiser.js";

/** q(x_s | x_t, x_0) = N(x0 * x_0 + xt * x_t, variance I), where s is cleaner than t. */
export interface Posterior {
  readonly x0: number;
  readonly xt: number;
  readonly variance: number;
}

/**
 * Variance of q(x_t | x_s): beta for neighbours of a schedule. It is also the larger of the two variances that
 * ancestral sampling may use.
 */
export function forwardVariance(from: NoiseLevel, to: NoiseLevel): number {
  const ratio = from.signal / to.signal;
  return from.noise ** 2 - (ratio * to.noise) ** 2;
}

/**
 * The posterior of a step from the noisier level `from` to `to`. Between neighbours of a schedule: variance
 * beta (1 - alphaBarPrev) / (1 - alphaBar), x0 coefficient sqrt(alphaBarPrev) beta / (1 - alphaBar), xt coefficient
 * sqrt(1 - beta) (1 - alphaBarPrev) / (1 - alphaBar). Also holds for levels that do not preserve variance.
 */
export function posterior(from: NoiseLevel, to: NoiseLevel): Posterior {
  const variance = forwardVariance(from, to);
  const share = (to.noise / from.noise) ** 2;
  return {
    x0: (to.signal * variance) / from.noise ** 2,
    xt: (from.signal / to.signal) * share,
    variance: share * variance,
  };
}
