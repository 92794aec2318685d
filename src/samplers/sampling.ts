/** @file What every sampler is: a generator that yields before each update and returns the final image. */
import { argumentError, shapeError, UnblurError } from "../base/errors.js";
import type { Denoiser, NoiseLevel } from "../diffusion/denoiser.js";

/**
 * The state before an update. `x` and `denoised` are the sampler's own arrays, overwritten when it goes on: copy what is kept, and
 * change neither.
 */
export interface SamplingStep {
  /** 0 .. total - 1 */
  readonly index: number;
  readonly total: number;
  /** How noisy `x` is. */
  readonly level: NoiseLevel;
  readonly x: Float32Array;
  /** The estimate of x_0 from `x`. */
  readonly denoised: Float32Array;
}

/** Leaving the loop cancels. The return value is the array the sampler was given, now holding the result. */
export type Sampling = AsyncGenerator<SamplingStep, Float32Array, void>;

/**
 * Standard normal numbers, as many as x has, for the update of step index 0, 1, ... The sampler asks once a step, only where it
 * adds noise, and does not change or keep the array. Make it from an `Rng` and the pixels' coordinates, so that it depends on
 * nothing else.
 */
export type StepNoise = (step: number) => Float32Array;

/**
 * A sampler. `x` starts at `levels[0]` and is updated in place: the sampler owns it from the call on. `levels` goes from noisy to
 * clean, one more than there are steps. While it waits for the denoiser, x is all that it holds; during an update x, the
 * denoiser's result and the step's noise.
 */
export type Sampler<Options> = (
  denoise: Denoiser,
  x: Float32Array,
  levels: readonly NoiseLevel[],
  noise: StepNoise,
  options: Options,
) => Sampling;

/** Throws `argument` unless there are two levels or more, each at most as noisy as the one before and no clean one but the last. */
export function checkLevels(where: string, levels: readonly NoiseLevel[]): void {
  if (levels.length < 2)
    throw argumentError(where, "expected at least two levels: the start and the end", levels.length);
  levels.slice(1).forEach((to, i) => {
    const from = levels[i]!;
    // Cross-multiplied, so that no signal and no noise need no case of their own; equal levels are a step that does nothing.
    const falls = from.noise > 0 && to.signal > 0 && from.signal * to.noise <= to.signal * from.noise * (1 + 1e-12);
    if (!falls)
      throw argumentError(
        where,
        "levels must go from noisy to clean, with signal in all but the first and noise in all but the last",
        `signal ${from.signal}, noise ${from.noise}, then signal ${to.signal}, noise ${to.noise} at step ${i}`,
      );
  });
}

/** x becomes x0 * denoised + xt * x + noise * z, in place. */
export interface Update {
  readonly x0: number;
  readonly xt: number;
  readonly noise: number;
}

/** Applies an update. Throws `shape` for arrays of another length, `numeric` if the denoiser gave NaN or infinity. */
export function applyUpdate(
  where: string,
  x: Float32Array,
  denoised: Float32Array,
  update: Update,
  noise: () => Float32Array,
): void {
  if (denoised.length !== x.length) throw shapeError(where, `${x.length} values from the denoiser`, [denoised.length]);
  const { x0, xt, noise: amplitude } = update;
  let poison = 0; // NaN once any value is NaN or infinite: cheaper than asking each
  if (amplitude > 0) {
    const z = noise();
    if (z.length !== x.length) throw shapeError(where, `${x.length} values of noise`, [z.length]);
    for (let i = 0; i < x.length; i++) {
      const value = x0 * denoised[i]! + xt * x[i]! + amplitude * z[i]!;
      poison += value * 0;
      x[i] = value;
    }
  } else
    for (let i = 0; i < x.length; i++) {
      const value = x0 * denoised[i]! + xt * x[i]!;
      poison += value * 0;
      x[i] = value;
    }
  if (Number.isNaN(poison))
    throw new UnblurError(
      "numeric",
      `${where}: NaN or infinity in the image; check the input and the weights, or run the network in float32`,
    );
}
