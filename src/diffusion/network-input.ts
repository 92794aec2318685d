/**
 * @file Scales a noisy image and its level to the variance-preserving form for a network. In a variance-exploding
 * process x_t would otherwise have a standard deviation of up to sigmaMax. The blurry photo beside it is never scaled.
 */
import type { NoiseLevel } from "./denoiser.js";

/** Factor of x_t: 1 / hypot(signal, noise), which is exactly 1 in float32 where variance is preserved. */
export function inputScale({ signal, noise }: NoiseLevel): number {
  const deviation = Math.hypot(signal, noise);
  return Math.abs(deviation - 1) < 1e-9 ? 1 : 1 / deviation;
}

/** The level input in [0, 1]: sqrt(alphaBar) of the variance-preserving level with the same signal-to-noise ratio. */
export const levelInput = ({ signal, noise }: NoiseLevel): number => signal / Math.hypot(signal, noise);

/** x_t scaled for the network; the same array where the scale is 1. */
export function networkInput(xt: Float32Array, level: NoiseLevel): Float32Array {
  const scale = inputScale(level);
  return scale === 1 ? xt : xt.map((value) => value * scale);
}
