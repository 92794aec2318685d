/**
 * @file Agreement of the estimates of one place. Five estimates with different settings find the same kernel where one
 * kernel blurred the place. They find different kernels where something moved by itself or the photo has too little
 * detail. Scores do not separate the cases, because a wrong kernel that draws strong edges also scores well.
 */

import { type Kernel, kernelCentroid } from "../../blur/kernel.js";
import { likeness } from "./kernel-shift.js";
import { GIVEN, type Ranked } from "./ranked.js";

/** Largest shift between estimates: a photo does not determine the position of its kernel. */
const MAX_SHIFT_PX = 6;
/** Similarities below which the kernel is probably wrong and above which it is probably right. */
const [DIFFERENT, ALIKE] = [0.72, 0.85];

/**
 * Spreads of a kernel in pixels, the root mean square distance from its centre: below the first it may be the softness
 * of the lens or of the background, which every estimate finds.
 */
const [SOFT, BLURRED] = [1.7, 2.2];

const rising = (value: number, from: number, to: number): number =>
  Math.min(1, Math.max(0, (value - from) / (to - from)));

function spreadOf(kernel: Kernel): number {
  const { x, y } = kernelCentroid(kernel);
  const { width, data } = kernel;
  const [left, top] = [(width >> 1) + x, (kernel.height >> 1) + y];
  let sum = 0;
  data.forEach((weight, i) => {
    sum += weight * (((i % width) - left) ** 2 + (Math.floor(i / width) - top) ** 2);
  });
  return Math.sqrt(sum);
}

/**
 * Lowest similarity between the best estimate and the others, 0 to 1; 0 if the most likely hypothesis is not an
 * estimate.
 */
export function agreementOf(ranked: readonly Ranked[]): number {
  const [best, ...others] = ranked;
  if (!best || GIVEN.has(best.hypothesis)) return 0;
  return others
    .filter(({ hypothesis }) => !GIVEN.has(hypothesis))
    .reduce((least, { kernel }) => Math.min(least, likeness(best.kernel, kernel, MAX_SHIFT_PX)), 1);
}

/**
 * Confidence in the kernel of a place, 0 to 1: high if the kernel is wide enough to be motion and the estimates agree.
 */
export const confidenceOf = (ranked: readonly Ranked[]): number =>
  rising(agreementOf(ranked), DIFFERENT, ALIKE) * rising(ranked[0] ? spreadOf(ranked[0].kernel) : 0, SOFT, BLURRED);
