/**
 * @file When detail of each size appears, compared with what the noise level alone predicts. In a band where the image
 * has power S, x_t contains signal^2 S of image and noise^2 of noise. An estimator that knows only S is the Wiener
 * filter: its estimate has the power S snr / (1 + snr) with snr = S signal^2 / noise^2, and the coherence snr / (1 +
 * snr) with the image; both are half where the band crosses 0 dB. Power cannot tell detail from noise, so the coherence
 * says when detail is there. A network also knows the blurry photo, so detail that the photo shows, or that the network
 * has learned, appears earlier.
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

/** Coherence with the image of a band of x_t, and of the Wiener estimate. */
export function predictedCoherence(imagePower: number, level: NoiseLevel): number {
  return imagePower > 0 ? predictedPower(imagePower, level) / imagePower : 0;
}

/** Coherence from which a band's detail counts as there. */
const COHERENT = 0.5;

export interface Emergence {
  /** The step at which the band's signal-to-noise ratio reaches 0 dB; null if it never does. */
  readonly predicted: number | null;
  /** The step from which the estimate's coherence with the image is at least half; null if it never is. */
  readonly measured: number | null;
}

/** `levels` and `coherences`: one per step. `imagePower`: of the truth, or of the final result. */
export const emergenceOf = (
  imagePower: number,
  levels: readonly NoiseLevel[],
  coherences: readonly number[],
): Emergence => ({
  predicted: settledFrom(levels.length, (i) => bandSnr(imagePower, levels[i]!) >= 1),
  measured: settledFrom(levels.length, (i) => coherences[i]! >= COHERENT),
});
