/** @file What every sampler is: a generator that yields before each update and returns the final image. */
import type { Denoiser, NoiseLevel } from "../diffusion/denoiser.js";

/**
 * The state before an update. `x` and `denoised` are the sampler's own arrays: change neither, and copy what is kept, for when it
 * goes on it overwrites the one and drops the other.
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
 * Standard normal numbers for the update of step index 0, 1, ...: those of x's positions start to start + count. The sampler asks
 * for each position once a step, only where it adds noise, and does not change or keep the array. Make it from an `Rng` and the
 * pixels' coordinates, so that it depends on nothing else.
 */
export type StepNoise = (step: number, start: number, count: number) => Float32Array;

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
