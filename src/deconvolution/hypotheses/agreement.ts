/**
 * @file Agreement of the estimates of one place. Five estimates with different settings reach the same kernel where one
 * kernel blurred the place. They reach different kernels where something moved by itself, or where nothing can be
 * found. Scores do not tell these apart, because a wrong kernel that draws strong edges scores well, too.
 */

import { type Kernel, kernelCentroid } from "../../blur/kernel.js";
import type { Rect } from "../../images/crop.js";
import { likeness } from "./kernel-shift.js";
import { GIVEN, type Ranked } from "./ranked.js";

/** Confidence, 0 to 1, at places that divide a photo evenly, row by row; linear between their centres. */
export interface ConfidenceGrid {
  readonly columns: number;
  readonly rows: number;
  /** Where the photo lies in the picture that the confidence is for, which may be a part of it. */
  readonly within: Rect;
  readonly values: readonly number[];
}

/** Estimates may lie this far apart: a photo does not determine where a kernel lies. */
const MOST_SHIFT_PX = 6;
/** Lowest likeness up to which the kernel is probably wrong, and that from which on it is probably right. */
const [DIFFERENT, ALIKE] = [0.72, 0.85];

/**
 * Spread of a kernel, the root mean square distance from its middle in pixels: up to the first it may as well be the
 * softness of the lens or of something in the background, which every estimate finds.
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

/** Lowest likeness between the best estimate and the others, 0 to 1; 0 if none is the most likely. */
export function agreementOf(ranked: readonly Ranked[]): number {
  const [best, ...others] = ranked;
  if (!best || GIVEN.has(best.hypothesis)) return 0;
  return others
    .filter(({ hypothesis }) => !GIVEN.has(hypothesis))
    .reduce((least, { kernel }) => Math.min(least, likeness(best.kernel, kernel, MOST_SHIFT_PX)), 1);
}

/** Confidence in the kernel of a place, 0 to 1: it is wide enough to be motion, and the estimates agree on it. */
export const confidenceOf = (ranked: readonly Ranked[]): number =>
  rising(agreementOf(ranked), DIFFERENT, ALIKE) * rising(ranked[0] ? spreadOf(ranked[0].kernel) : 0, SOFT, BLURRED);
