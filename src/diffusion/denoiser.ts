/** @file The interface in the middle: every network becomes a denoiser, every sampler works with any denoiser. */

/**
 * How noisy x_t is: x_t = signal * x_0 + noise * eps. The variance-preserving family (DDPM) has signal^2 + noise^2 = 1, with
 * signal = sqrt(alphaBar); the variance-exploding one has signal = 1 and noise = sigma.
 */
export interface NoiseLevel {
  readonly signal: number;
  readonly noise: number;
}

/**
 * The estimate of x_0 from x_t at a level; what it is conditioned on (the blurry photo) is already bound in.
 * xt: any shape, flat; the result is of the same length and the caller's own, but that a sampler which `forgets` (its entry in the catalog) may be given
 * the array of the estimate before. `xt` is not changed.
 */
export type Denoiser = (xt: Float32Array, level: NoiseLevel) => Promise<Float32Array>;
