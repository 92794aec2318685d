/** @file The interface every app calls: a photo in, a photo out. */
import type { Planes } from "../images/image.js";
import type { SamplerInput } from "../samplers/catalog.js";
import type { SamplingStep } from "../samplers/sampling.js";
import type { Diffused } from "./diffused.js";

export interface RestoreProgress {
  /**
   * Windows done, between two of them a fraction, and in total, over all steps and samples; an estimate while a sampler
   * chooses its steps as it goes.
   */
  readonly done: number;
  readonly total: number;
  /** What is happening, for people: "predicting", "step 2 of 4". */
  readonly stage: string;
}

/**
 * A step of a restoration, before its update. `x` and `denoised` are the sampler's own: change neither, and copy what
 * is kept.
 */
export interface RestorationStep extends SamplingStep {
  /** Which of the samples, from 0. */
  readonly sample: number;
  /**
   * The image that `denoised` stands for, finished as a result is: that of the last step is the sample. Its array
   * belongs to the caller.
   */
  readonly estimate: Planes;
  /** How `x` and `denoised` become an image. */
  readonly diffused: Diffused;
}

export interface RestoreOptions {
  /**
   * Diffusion steps; 0 for the predictor alone. When left out: the model's default, or its own number of steps if one
   * of the options below needs them.
   */
  readonly steps?: number | undefined;
  /**
   * How to sample; the model's own sampler when left out. One that chooses its steps itself only asks that `steps` is
   * not 0.
   */
  readonly sampler?: SamplerInput | undefined;
  /**
   * Factor of the variance of the sample, 0 to 1 (1); needs diffusion steps. 1 samples the posterior; 0 gives its mean,
   * the same for every seed. With a predictor, the sampled residual is multiplied by sqrt(realism), so 0 is the
   * prediction; without one, all noise of the sampler is. With an exact denoiser both are the same.
   */
  readonly realism?: number | undefined;
  /**
   * "settled": ends with the first step whose estimate differs from the one before by less than `SETTLED_LEVELS` (0.25
   * levels of 255) on average; that estimate is the result. It counts only from levels with as much signal as noise on:
   * a model whose levels end before that takes all its steps. Left out: all steps are taken.
   */
  readonly stop?: "settled" | undefined;
  /** How many different restorations to draw; more than one needs diffusion steps. */
  readonly samples?: number | undefined;
  /** One seed, one result, whatever the windows, threads or batch. */
  readonly seed?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  onProgress?(event: RestoreProgress): void;
  /** Called once per diffusion step, with the step's own finished estimate: one more array of the photo's size. */
  onStep?(step: RestorationStep): void;
}

export interface Restoration {
  /** The first sample. */
  readonly restored: Planes;
  /** All samples; `restored` is `samples[0]`. */
  readonly samples: readonly Planes[];
  /** How often the diffusion network was asked for an estimate of the whole photo, over all samples. */
  readonly evaluations: number;
}

export interface Restorer {
  readonly name: string;
  /** Default number of diffusion steps: 0 if the prediction is the default. */
  readonly steps: number;
  /** Diffusion steps where an option needs them and says no number. */
  readonly diffusionSteps: number;
  /** Whether it has diffusion steps at all; without, `steps` can only be 0. */
  readonly diffuses: boolean;
  /**
   * photo: 3 channels, signed range, any size from 1x1 up. The result is new, of the same size, within [-1, 1]. Calls
   * at the same time run one after the other; one that is cancelled while it waits rejects at once.
   */
  restore(photo: Planes, options?: RestoreOptions): Promise<Restoration>;
  /**
   * Runs `work` as one turn: what it does beside restoring, such as reading the photo, also waits until the
   * restorations before it are over. It restores with what it is given; `restore` of this object would wait for `work`
   * itself.
   */
  inTurn<T>(work: (open: Pick<Restorer, "restore">) => Promise<T>, signal?: AbortSignal): Promise<T>;
  /** Frees the device's memory when the pending restorations have ended. Later ones are refused with `argument`. */
  release(): Promise<void>;
}
