/**
 * @file Agreement of the estimates of one place. Five estimates with different settings find the same kernel where one
 * kernel blurred the place. They find different kernels where something moved by itself or the photo has too little
 * detail. Scores do not separate the cases, because a wrong kernel that draws strong edges also scores well.
 */

import { type Kernel, kernelCentroid } from "../../blur/kernel.js";
import type { Rect } from "../../images/crop.js";
import { likeness } from "./kernel-shift.js";
import { GIVEN, type Ranked } from "./ranked.js";

/** Confidence, 0 to 1, at places that divide a photo evenly, row by row; linear between their centres. */
export interface ConfidenceGrid {
  readonly columns: number;
  readonly rows: number;
  /** Rectangle of the whole photo, relative to the picture that the confidence covers, which may be a part of it. */
  readonly within: Rect;
  readonly values: readonly number[];
}

/** The confidence at a pixel of the picture. */
export function confidenceAt({ columns, rows, within, values }: ConfidenceGrid, x: number, y: number): number {
  const along = (position: number, of: number, count: number) => {
    const at = Math.min(Math.max(((position + 0.5) * count) / of - 0.5, 0), count - 1);
    const first = Math.floor(at);
    return { first, next: Math.min(first + 1, count - 1), share: at - first };
  };
  const [h, v] = [along(x - within.left, within.width, columns), along(y - within.top, within.height, rows)];
  const inRow = (row: number) => {
    const [near, far] = [values[row * columns + h.first]!, values[row * columns + h.next]!];
    return near + h.share * (far - near);
  };
  return inRow(v.first) + v.share * (inRow(v.next) - inRow(v.first));
}

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
