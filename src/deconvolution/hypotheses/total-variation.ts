/** @file Undoing a kernel with total variation as the prior: sharper edges and less ringing than an inverse filter, for 13 transforms. */
import type { GradientSplitting, SplittingStep } from "../gradient-splitting.js";

/** Of the sum of absolute differences against half the squared error, for photos of 8 bits with a little noise. */
export const TV_LAMBDA = 1 / 1500;
/** Splitting by weights from 1 to 256 times that (Krishnan and Fergus 2009). */
const RISE = 2 * Math.SQRT2;
const MOST = 256;

export const TV_STEPS: readonly SplittingStep[] = (() => {
  const steps = [];
  for (let beta = 1; beta < MOST; beta *= RISE) steps.push({ weight: TV_LAMBDA * beta, threshold: 1 / beta });
  return steps;
})();

/** [size, size] of light: what `splitting` observes without the kernel that it uses, until anything else is asked of it. */
export const undoneByTotalVariation = (splitting: GradientSplitting): Float32Array =>
  splitting.solve("shrunk", TV_STEPS);
