/**
 * @file When detail of a size appears, and what the noise level alone would make of it. In a band where the image has power S, x_t holds
 * signal^2 S of image and noise^2 of noise. Who knew no more than S would estimate the image with the Wiener filter, and the power of that
 * estimate is S snr / (1 + snr), snr = S signal^2 / noise^2: half of S where the band crosses 0 dB. A network told the blurry photo
 * knows more: what the photo shows, or the network has learned, is there before.
 */
import type { NoiseLevel } from "../diffusion/denoiser.js";

/** Power of image over power of noise in a band of x_t. */
export const bandSnr = (imagePower: number, { signal, noise }: NoiseLevel): number =>
  (imagePower * signal ** 2) / noise ** 2;

/** The power of the estimate of a band of which only its power is known. */
export function predictedPower(imagePower: number, level: NoiseLevel): number {
  if (level.noise === 0) return imagePower;
  const snr = bandSnr(imagePower, level);
  return (imagePower * snr) / (1 + snr);
}

/** The power in a band of x_t itself. */
export const noisyPower = (imagePower: number, { signal, noise }: NoiseLevel): number =>
  imagePower * signal ** 2 + noise ** 2;

/** The first index from which on the condition holds to the end; null if it does not hold at the end. */
export function settledFrom(count: number, holds: (index: number) => boolean): number | null {
  let first: number | null = null;
  for (let i = count - 1; i >= 0 && holds(i); i--) first = i;
  return first;
}

export interface Emergence {
  /** The step at which the band's signal-to-noise ratio has reached 0 dB; null: at none. */
  readonly predicted: number | null;
  /** The step from which on the estimate has half of the image's power in the band, or more; null: never. */
  readonly measured: number | null;
}

/** `levels` and `estimatePowers`: one for each step. `imagePower`: of the truth, or of the final result. */
export const emergenceOf = (
  imagePower: number,
  levels: readonly NoiseLevel[],
  estimatePowers: readonly number[],
): Emergence => ({
  predicted: settledFrom(levels.length, (i) => bandSnr(imagePower, levels[i]!) >= 1),
  measured: settledFrom(levels.length, (i) => estimatePowers[i]! >= imagePower / 2),
});
