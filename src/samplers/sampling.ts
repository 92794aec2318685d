/** @file The type of every sampler: a generator that yields before each update and returns the final image. */
import type { Denoiser, NoiseLevel } from "../diffusion/denoiser.js";
import type { Sde } from "../diffusion/sde.js";

/**
 * The state before an update. `x` and `denoised` belong to the sampler: do not change them, and copy what you keep.
 * When the sampler resumes it may overwrite both.
 */
export interface SamplingStep {
  /** 0 .. total - 1 */
  readonly index: number;
  /**
   * Number of steps: one less than levels. For a sampler that chooses its steps itself (`evaluations` of its catalog
   * entry is null) it is the current estimate, which may rise and fall but always exceeds `index` and is exact at the
   * last step.
   */
  readonly total: number;
  /** Noise level of `x`. */
  readonly level: NoiseLevel;
  readonly x: Float32Array;
  /** The estimate of x_0 from `x`. */
  readonly denoised: Float32Array;
}

/** Leaving the loop cancels. The return value is the array that was passed to the sampler, now holding the result. */
export type Sampling = AsyncGenerator<SamplingStep, Float32Array, void>;

/**
 * Standard normal numbers for the update of step index 0, 1, ...: those of x's positions start to start + count. The
 * sampler asks for each position once per step, only where it adds noise, and does not change or keep the array. Make
 * it from an `Rng` and the pixels' coordinates, so that it depends on nothing else. Samplers that draw more than once
 * per step count draws instead of steps.
 */
export type StepNoise = (step: number, start: number, count: number) => Float32Array;

/**
 * A sampler. `x` starts at `levels[0]` and is updated in place: the sampler owns it from the call on. `levels` goes
 * from noisy to clean, with one more level than steps. While it waits for the denoiser, a sampler holds x and at
 * most one estimate, which it passes as `out`, unless its own comment says more; during an update it holds x, the
 * denoiser's result and the step's noise.
 *
 * `sde` is the process of the levels in continuous time. Samplers that only go from level to level ignore it; those
 * that discretise the process need it and throw `argument` without it. A sampler that chooses its steps itself goes
 * from the first level to the last noisy one in its own steps, and from there to `CLEAN` as all samplers do, by the
 * estimate itself.
 */
export type Sampler<Options> = (
  denoise: Denoiser,
  x: Float32Array,
  levels: readonly NoiseLevel[],
  noise: StepNoise,
  options: Options,
  sde?: Sde,
) => Sampling;
