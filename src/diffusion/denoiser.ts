/**
 * @file The interface between networks and samplers: every network becomes a denoiser, every sampler takes any
 * denoiser.
 */

/**
 * Amplitudes in x_t = signal * x_0 + noise * eps. The variance-preserving family (DDPM) has signal^2 + noise^2 = 1 with
 * signal = sqrt(alphaBar); the variance-exploding family has signal = 1 and noise = sigma.
 */
export interface NoiseLevel {
  readonly signal: number;
  readonly noise: number;
}

/**
 * Returns the estimate of x_0 from x_t at a level; the condition (the blurry photo) is already bound in. xt: any shape,
 * flat, not changed. The result has the same length and belongs to the caller. `out`: an array of that length, other
 * than xt, which the caller no longer needs; the denoiser may return the estimate in it.
 */
export type Denoiser = (xt: Float32Array, level: NoiseLevel, out?: Float32Array) => Promise<Float32Array>;
