/** @file Mean squared error and the peak signal-to-noise ratio. */
import { shapeError } from "../../base/errors.js";
import { checkSameSize, type Levels } from "./levels.js";

/** Mean over all values of all channels, in squared levels. */
export function meanSquaredError(restored: Levels, truth: Levels): number {
  checkSameSize("meanSquaredError", restored, truth);
  if (truth.data.length === 0) throw shapeError("meanSquaredError", "at least one pixel", "none");
  let sum = 0;
  for (let i = 0; i < truth.data.length; i++) sum += (restored.data[i]! - truth.data[i]!) ** 2;
  return sum / truth.data.length;
}

export interface PsnrOptions {
  /** Largest possible value. */
  readonly peak?: number;
  /** Added to the error on [0, 1], so that equal pictures have a finite value; 1e-8 in BasicSR's calculate_psnr_pt. */
  readonly floor?: number;
}

/**
 * PSNR in dB from the error over all channels (as skimage, BasicSR, MPRNet and NAFNet do); Infinity for equal pictures.
 * For several pictures report the mean of their values, not the value of their mean error.
 */
export function psnr(restored: Levels, truth: Levels, { peak = 255, floor = 0 }: PsnrOptions = {}): number {
  return -10 * Math.log10(meanSquaredError(restored, truth) / peak ** 2 + floor);
}
