/**
 * @file When detail of each size appears, compared with what the noise level alone predicts. In a band where the image
 * has power S, x_t contains signal^2 S of image and noise^2 of noise. An estimator that knows only S is the Wiener
 * filter. The power of its estimate is S snr / (1 + snr) with snr = S signal^2 / noise^2, which is half of S where the
 * band crosses 0 dB. A network also knows the blurry photo, so detail that the photo shows, or that the network has
 * learned, appears earlier.
 */
import type { NoiseLevel } from "../diffusion/denoiser.js";

/** Power of the image divided by power of the noise in a band of x_t. */
const bandSnr = (imagePower: number, { signal, noise }: NoiseLevel): number => (imagePower * signal ** 2) / noise ** 2;

/** Power of the Wiener estimate of a band. */
export function predictedPower(imagePower: number, level: NoiseLevel): number {
  if (level.noise === 0) return imagePower;
  const snr = bandSnr(imagePower, level);
  return (imagePower * snr) / (1 + snr);
}

/** First index from which the condition holds to the end; null if it does not hold at the end. */
function settledFrom(count: number, holds: (index: number) => boolean): number | null {
  let first: number | null = null;
  for (let i = count - 1; i >= 0 && holds(i); i--) first = i;
  return first;
}

export interface Emergence {
  /** The step at which the band's signal-to-noise ratio reaches 0 dB; null if it never does. */
  readonly predicted: number | null;
  /** The step from which the estimate keeps at least half of the image's power in the band; null if it never does. */
  readonly measured: number | null;
}

/** `levels` and `estimatePowers`: one per step. `imagePower`: of the truth, or of the final result. */
export const emergenceOf = (
  imagePower: number,
  levels: readonly NoiseLevel[],
  estimatePowers: readonly number[],
): Emergence => ({
  predicted: settledFrom(levels.length, (i) => bandSnr(imagePower, levels[i]!) >= 1),
  measured: settledFrom(levels.length, (i) => estimatePowers[i]! >= imagePower / 2),
});
