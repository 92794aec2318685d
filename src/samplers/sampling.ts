/** @file What every sampler is: a generator that yields before each update and returns the final image. */
import type { Denoiser, NoiseLevel } from "../diffusion/denoiser.js";
import type { Sde } from "../diffusion/sde.js";

/**
 * The state before an update. `x` and `denoised` are the sampler's own arrays: change neither, and copy what is kept, for when it
 * goes on it overwrites the one and drops the other.
 */
export interface SamplingStep {
  /** 0 .. total - 1 */
  readonly index: number;
  /**
   * How many steps there will be: one less than levels; for a sampler that chooses its steps itself (`evaluations` of its catalog
   * entry is null) what it now expects, which may rise and fall but always exceeds `index`. At the last step it is exact.
   */
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
 * pixels' coordinates, so that it depends on nothing else. What draws more than once a step counts draws instead of steps.
 */
export type StepNoise = (step: number, start: number, count: number) => Float32Array;

/**
 * A sampler. `x` starts at `levels[0]` and is updated in place: the sampler owns it from the call on. `levels` goes from noisy to
 * clean, one more than there are steps. While it waits for the denoiser, x is all that it holds, unless its own comment says
 * more; during an update x, the denoiser's result and the step's noise.
 *
 * `sde` is the process in continuous time that the levels are of. Samplers that only go from level to level ignore it; those that
 * discretise the process need it and throw `argument` without. A sampler that chooses its steps itself goes from the first level
 * to the last noisy one as it sees fit, and from there to `CLEAN` as all do, by the estimate itself.
 */
export type Sampler<Options> = (
  denoise: Denoiser,
  x: Float32Array,
  levels: readonly NoiseLevel[],
  noise: StepNoise,
  options: Options,
  sde?: Sde,
) => Sampling;
