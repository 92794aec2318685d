/**
 * @file The bridge between a sharp and a blurry picture of I2SB (Liu et al. 2023, "Image-to-Image Schroedinger Bridge"): a Brownian motion
 * that starts at the sharp one x_0 and ends at the blurry one y.
 *
 * With r = x - y the bridge is `r_t = toSharp r_0 + deviation eps`: the diffusion of the residual, whose noise first grows and then
 * shrinks with the signal. The signal-to-noise ratio falls all the way, and that is all that matters to a sampler and to a network whose
 * input is scaled to unit variance. So a bridge is a schedule like any other (`bridgeBetas`), for a model whose residual is that of the photo.
 */
import { argumentError } from "../base/errors.js";
import { quadraticBetas } from "./beta-curves.js";

/** At each of T steps, from the sharp end. */
export interface Bridge {
  /** Deviations of the motion from the sharp end and from the blurry one (eq. 11): [T]. */
  readonly fromSharp: Float64Array;
  readonly fromBlurry: Float64Array;
  /** Shares of the two pictures in the mean of x_t; they add up to 1. */
  readonly toSharp: Float64Array;
  readonly toBlurry: Float64Array;
  /** Of x_t around that mean. */
  readonly deviation: Float64Array;
}

/** The motion's variances a step: those of a quadratic schedule up to betaMax / T, rising to the middle and falling again alike. */
export function bridgeVariances(T: number, betaMax: number): Float64Array {
  if (T % 2 !== 0) throw argumentError("bridge", "T must be even: both halves are alike", T);
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
