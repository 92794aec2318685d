/**
 * @file Early stopping: detects a restoration that has converged, so that further steps would change nothing visible.
 */

import type { NoiseLevel } from "../diffusion/denoiser.js";
import { type Scale, scaleAt } from "./diffused.js";

/**
 * Largest mean change of a value between the estimates of two steps, in levels of 255, that counts as settled; rounding
 * to 8 bits hides more.
 */
export const SETTLED_LEVELS = 0.25;

/** Levels of 255 per unit: black is -1, white is 1. */
const LEVELS_PER_UNIT = 127.5;

/** Compares each estimate with the previous one, of which it keeps a copy. */
export class EarlyStop {
  #before: Float32Array | null = null;

  /**
   * Returns whether the estimate, [3, H, W], changed by less than the limit. Returns false while there is more noise
   * than signal: estimates from almost pure noise are all alike, and the detail is still to come. `scale` is the factor
   * of the values in the image.
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
