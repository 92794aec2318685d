/**
 * @file What a network sees of a noisy image and of its level: both as if variance had been preserved. Where the noise explodes,
 * x_t would otherwise come in with a deviation of up to sigmaMax. The blurry photo beside it is never scaled.
 */
import type { NoiseLevel } from "./denoiser.js";

/** x_t is multiplied by this: 1 / hypot(signal, noise), which is 1 to the last digit of float32 where variance is preserved. */
export function inputScale({ signal, noise }: NoiseLevel): number {
  const deviation = Math.hypot(signal, noise);
  return Math.abs(deviation - 1) < 1e-9 ? 1 : 1 / deviation;
}

/** The number told for the level, in [0, 1]: sqrt(alphaBar) of the variance-preserving level with the same signal-to-noise ratio. */
export const levelInput = ({ signal, noise }: NoiseLevel): number => signal / Math.hypot(signal, noise);

/** x_t as the network sees it; the very array where its scale is 1. */
export function networkInput(xt: Float32Array, level: NoiseLevel): Float32Array {
  const scale = inputScale(level);
  return scale === 1 ? xt : xt.map((value) => value * scale);
}
