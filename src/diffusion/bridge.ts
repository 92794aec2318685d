/**
 * @file The bridge between a sharp and a blurry picture of I2SB (Liu et al. 2023, "Image-to-Image Schroedinger
 * Bridge"): a Brownian motion that starts at the sharp picture x_0 and ends at the blurry picture y.
 *
 * With r = x - y the bridge is `r_t = toSharp r_0 + deviation eps`. This is a diffusion of the residual whose noise
 * first grows and then shrinks with the signal. The signal-to-noise ratio falls all the way. It is all that matters to
 * a sampler, and to a network whose input is scaled to unit variance. So a bridge is a schedule like any other
 * (`bridgeBetas`), for a model whose residual is relative to the photo.
 */
import { argumentError } from "../base/errors.js";
import { quadraticBetas } from "./beta-curves.js";

/** Quantities of each of T steps, from the sharp end. */
export interface Bridge {
  /** Standard deviations of the motion from the sharp end and from the blurry end (eq. 11): [T]. */
  readonly fromSharp: Float64Array;
  readonly fromBlurry: Float64Array;
  /** Weights of the two pictures in the mean of x_t; they sum to 1. */
  readonly toSharp: Float64Array;
  readonly toBlurry: Float64Array;
  /** Standard deviation of x_t around that mean. */
  readonly deviation: Float64Array;
}

/** Variance of each step: a quadratic schedule up to betaMax / T that rises to the middle and falls symmetrically. */
export function bridgeVariances(T: number, betaMax: number): Float64Array {
  if (T % 2 !== 0) throw argumentError("bridge", "T must be even, because both halves have equal variances", T);
  const rising = quadraticBetas(T, 1e-4, betaMax / T).slice(0, T / 2);
  return Float64Array.from([...rising, ...[...rising].reverse()]);
}

const deviations = (variances: Iterable<number>): number[] => {
  let sum = 0;
  return Array.from(variances, (variance) => {
    sum += variance;
    return Math.sqrt(sum);
  });
};

/** Eqs. 11 and 12: the product of the Gaussians around both ends. */
export function bridgeOf(variances: Float64Array): Bridge {
  const fromSharp = Float64Array.from(deviations(variances));
  const fromBlurry = Float64Array.from(deviations([...variances].reverse()).reverse());
  const total = fromSharp.map((deviation, i) => deviation ** 2 + fromBlurry[i]! ** 2);
  return {
    fromSharp,
    fromBlurry,
    toSharp: total.map((sum, i) => fromBlurry[i]! ** 2 / sum),
    toBlurry: total.map((sum, i) => fromSharp[i]! ** 2 / sum),
    deviation: total.map((sum, i) => (fromSharp[i]! * fromBlurry[i]!) / Math.sqrt(sum)),
  };
}

/** The betas of the variance-preserving schedule with the bridge's signal-to-noise ratios. */
export function bridgeBetas(T: number, betaMax: number): Float64Array {
  const { toSharp, deviation } = bridgeOf(bridgeVariances(T, betaMax));
  const alphaBars = toSharp.map((share, i) => share ** 2 / (share ** 2 + deviation[i]! ** 2));
  return alphaBars.map((alphaBar, t) => 1 - alphaBar / (t === 0 ? 1 : alphaBars[t - 1]!));
}
