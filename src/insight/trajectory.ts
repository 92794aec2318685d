/**
 * @file What happens inside one restoration, recorded step by step: numbers of every step, pictures of some. Memory: one picture of full
 * size (the estimate before, for the change), and previews whose number and size are bounded.
 */
import type { NoiseLevel } from "../diffusion/denoiser.js";
import { levelInput } from "../diffusion/network-input.js";
import { type Levels, levelsFromPlanes } from "../evaluation/metrics/levels.js";
import { psnr } from "../evaluation/metrics/psnr.js";
import type { Planes, Raster } from "../images/image.js";
import type { RestorationStep } from "../restoration/restorer.js";
import { preview } from "./preview.js";
import { snrDb } from "./snr.js";
import { bandPowers, powerSpectrum, type RadialPoint, radialAverage } from "./spectrum.js";
import { Thinned } from "./thinned.js";

/** Numbers of a step. */
export interface StepRecord {
  readonly index: number;
  readonly level: NoiseLevel;
  readonly snrDb: number;
  /** Root mean square of what the estimate of the image changed since the step before, in levels of 255. */
  readonly change: number;
  /** Of the estimate against the sharp photo, if there is one. */
  readonly psnr: number | null;
  /** Power in each of `BANDS` of what diffuses: x_t, and the estimate. */
  readonly noisyBands: readonly number[];
  readonly estimateBands: readonly number[];
}

/** Pictures of a step. */
export interface StepPictures {
  readonly record: StepRecord;
  readonly xt: Raster;
  readonly estimate: Raster;
  readonly change: Raster;
  /** Of the estimate of the image. */
  readonly spectrum: readonly RadialPoint[];
}

export interface Trajectory {
  /** All steps, in order. */
  readonly steps: readonly StepRecord[];
  /** Some of them, the first and last among them, denser where the share of signal changes faster. */
  readonly pictures: readonly StepPictures[];
  /**
   * Power in each of `BANDS` of what diffuses at its end: of the truth if the sharp photo is known, else of the last estimate.
   */
  readonly imageBands: readonly number[];
  /** The predictor's result, if there is one. */
  readonly prediction: Planes | null;
}

export interface TrajectoryOptions {
  /** What the estimate of the first step is compared with where there is no prediction: the blurry photo, signed. */
  readonly photo: Planes;
  readonly sharp?: Planes | undefined;
  /** Steps of which pictures are kept. */
  readonly keep?: number;
  /** Previews are at most so wide or high; larger pictures are averaged down. */
  readonly previewPx?: number;
}

/** Differences are shown this many times as strong around mid grey. */
export const CHANGE_GAIN = 4;
/** A residual of this many standard deviations is shown black or white. */
export const RESIDUAL_RANGE = 3;

/** Records the first sample of a restoration: give `observe` to it as `onStep`. */
export class TrajectoryRecorder {
  readonly #steps: StepRecord[] = [];
  readonly #pictures: Thinned<StepPictures>;
  readonly #truth: Levels | null;
  #previous: Float32Array;
  #prediction: Float32Array | null = null;
  #scale = 1;

  constructor(private readonly options: TrajectoryOptions) {
    this.#pictures = new Thinned(options.keep ?? 24, ({ record }) => levelInput(record.level));
    this.#truth = options.sharp ? levelsFromPlanes(options.sharp) : null;
    this.#previous = options.photo.data;
  }

  readonly observe = ({ sample, index, level, x, denoised, prediction, scale }: RestorationStep): void => {
    if (sample > 0) return;
    if (index === 0 && prediction) {
      this.#prediction = prediction.slice();
      this.#previous = this.#prediction;
    }
    this.#scale = scale;
    const estimate = imageOf(denoised, prediction, scale);
    const deviation = Math.hypot(level.signal, level.noise);
    const record: StepRecord = {
      index,
      level,
      snrDb: snrDb(level),
      change: 127.5 * rootMeanSquare(estimate, this.#previous),
      psnr: this.#truth ? psnr(levelsFromPlanes(this.#planes(estimate)), this.#truth) : null,
      noisyBands: bandPowers(powerSpectrum(this.#planes(x))),
      estimateBands: bandPowers(powerSpectrum(this.#planes(denoised))),
    };
    this.#steps.push(record);
    const range = deviation * (prediction ? RESIDUAL_RANGE : 1);
    const previous = this.#previous;
    this.#pictures.add({
      record,
      xt: this.#preview((i) => x[i]! / range),
      estimate: this.#preview((i) => estimate[i]!),
      change: this.#preview((i) => CHANGE_GAIN * (estimate[i]! - previous[i]!)),
      spectrum: radialAverage(powerSpectrum(this.#planes(estimate))),
    });
    this.#previous = estimate;
  };

  finish(): Trajectory {
    const { sharp } = this.options;
    const prediction = this.#prediction;
    const diffused = sharp?.data.map((value, i) => (value - (prediction ? prediction[i]! : 0)) / this.#scale);
    return {
      steps: this.#steps,
      pictures: this.#pictures.items,
      imageBands: diffused
        ? bandPowers(powerSpectrum(this.#planes(diffused)))
        : (this.#steps.at(-1)?.estimateBands ?? []),
      prediction: prediction ? this.#planes(prediction) : null,
    };
  }

  #planes(data: Float32Array): Planes {
    return { ...this.options.photo, data };
  }

  #preview(valueAt: (i: number) => number): Raster {
    return preview({ ...this.options.photo, valueAt }, this.options.previewPx ?? 640);
  }
}

/** What diffuses as an image, clipped to [-1, 1]. */
function imageOf(denoised: Float32Array, prediction: Float32Array | null, scale: number): Float32Array {
  return denoised.map((value, i) => Math.max(-1, Math.min(1, (prediction ? prediction[i]! : 0) + scale * value)));
}

function rootMeanSquare(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i]! - b[i]!) ** 2;
  return Math.sqrt(sum / a.length);
}
