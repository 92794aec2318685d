/** @file Whether a restoration has come to rest: further steps would change nothing that is seen. */

import type { NoiseLevel } from "../diffusion/denoiser.js";
import { type Scale, scaleAt } from "./diffused.js";

/** Mean change of a value from one step's estimate to the next, in levels of 255, that counts as rest: less than rounding hides. */
export const SETTLED_LEVELS = 0.25;

/** Levels of 255 between black and white, which are -1 and 1. */
const LEVELS_PER_UNIT = 127.5;

/** Compares each estimate with the one before. Holds one array of its size. */
export class Settling {
  #before: Float32Array | null = null;

  /**
   * True if the estimate moved less than the limit. Not before there is as much signal as noise: out of nearly nothing but noise every
   * step's estimate is the same, and all is still to come. `scale`: by what its values, [3, H, W], are multiplied in the image.
   */
  observe(estimate: Float32Array, scale: Scale, { signal, noise }: NoiseLevel): boolean {
    const before = this.#before;
    this.#before = signal < noise ? null : estimate.slice();
    if (!before || signal < noise) return false;
    let sum = 0;
    for (let i = 0; i < estimate.length; i++) sum += scaleAt(scale, i) * Math.abs(estimate[i]! - before[i]!);
    return (sum / estimate.length) * LEVELS_PER_UNIT < SETTLED_LEVELS;
  }
}
