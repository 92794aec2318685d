/** @file An update of a sampler where the score is given. */
import type { NoiseLevel } from "../../../../../src/diffusion/denoiser.js";
import { predictions } from "../../../../../src/diffusion/predictions.js";
import type { Update } from "../../../../../src/samplers/update.js";

/** Returns x after an update with the given score; the estimate is that of a score network's denoiser. */
export function updated(
  x: Float32Array,
  score: Float32Array,
  level: NoiseLevel,
  update: Update,
  z?: Float32Array,
): Float64Array {
  const estimate = predictions.score.denoised(level);
  return Float64Array.from(x, (value, i) => {
    const denoised = estimate.xt * value + estimate.output * score[i]!;
    return update.x0 * denoised + update.xt * value + (z ? update.noise * z[i]! : 0);
  });
}
