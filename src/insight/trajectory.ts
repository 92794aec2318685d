/**
 * @file Records what happens inside one restoration: numbers of every step, pictures of some. Memory: one picture of
 * full size (the previous estimate, for the change), and previews and squares of estimates of bounded number and size.
 */
import type { NoiseLevel } from "../diffusion/denoiser.js";
import { levelInput } from "../diffusion/network-input.js";
import { type Levels, levelsFromPlanes } from "../evaluation/metrics/levels.js";
import { psnr } from "../evaluation/metrics/psnr.js";
import { crop } from "../images/crop.js";
import type { Planes, Raster } from "../images/image.js";
import { planesFromRaster } from "../images/pixels.js";
import { preview } from "../images/preview.js";
import { type Diffused, drawnFromImage, limitedToFineDetail } from "../restoration/diffused.js";
import type { PhotoStep } from "../restoration/restore-photo.js";
import type { RestorationStep } from "../restoration/restorer.js";
import { snrDb } from "./snr.js";
import {
  analysedSquare,
  bandCoherences,
  bandPowers,
  type Coefficients,
  coefficientsOf,
  powerSpectrum,
  type RadialPoint,
  radialAverage,
} from "./spectrum.js";

/** Numbers of a step. */
export interface StepRecord {
  readonly index: number;
  readonly level: NoiseLevel;
  readonly snrDb: number;
  /** Root mean square change of the image estimate since the step before, in levels of 255. */
  readonly change: number;
  /** Error of the estimate relative to the sharp photo, if there is one. */
  readonly psnr: number | null;
  /**
   * Power in each of `BANDS` of the diffusing quantity: of x_t, and of the part of the estimate that enters the result.
   */
  readonly noisyBands: readonly number[];
  readonly estimateBands: readonly number[];
  /**
   * Coherence of that part of the estimate with the truth, or with the last estimate, in each of `BANDS`; null for a
   * step whose estimate is not kept until the last one is known.
   */
  readonly coherences: readonly number[] | null;
}

/** Pictures of a step. */
export interface StepPictures {
  readonly record: StepRecord;
  readonly xt: Raster;
  readonly estimate: Raster;
  readonly change: Raster;
  /** Spectrum of the image estimate. */
  readonly spectrum: readonly RadialPoint[];
}

export interface Trajectory {
  /** All steps, in order. */
  readonly steps: readonly StepRecord[];
  /** Some of the steps, always the first and the last, denser where the share of signal changes faster. */
  readonly pictures: readonly StepPictures[];
  /**
   * Power in each of `BANDS` of the diffusing quantity at its end: of the truth if the sharp photo is known, else of
   * the last estimate.
   */
  readonly imageBands: readonly number[];
  /** The base of the residual, which is the predictor's result or the photo; null if the image itself diffuses. */
  readonly base: Planes | null;
  /** Width in pixels below which detail diffuses; null for all detail. */
  readonly finePx: number | null;
}

export interface TrajectoryOptions {
  /** The blurry photo, signed, with which the first estimate is compared if the image itself diffuses. */
  readonly photo: Planes;
  readonly sharp?: Planes | undefined;
  /** Number of steps with pictures. */
  readonly keep?: number;
  /** Largest side of a preview; larger pictures are averaged down. */
  readonly previewPx?: number;
}

/** Amplification of differences around mid grey. */
export const CHANGE_GAIN = 4;
/** A residual of this many standard deviations is shown as black or white. */
export const RESIDUAL_RANGE = 3;

/** The estimate of a step as its pictures show it, which is the finished result where there is one. */
export const shownEstimate = (step: RestorationStep | PhotoStep): Planes =>
  "picture" in step ? planesFromRaster(step.picture) : step.estimate;

/** Without a truth, the estimates of so many steps are kept, to be compared with the last one. */
const COMPARED_STEPS = 64;

interface KeptEstimate {
  readonly index: number;
  readonly level: NoiseLevel;
  /** Planes that the spectrum analyses. */
  readonly square: Planes;
}

/** Records the first sample of a restoration: pass `observe` as its `onStep`. */
export class TrajectoryRecorder {
  readonly #steps: StepRecord[] = [];
  readonly #pictures: Thinned<StepPictures>;
  readonly #truth: Levels | null;
  readonly #kept = new Thinned<KeptEstimate>(COMPARED_STEPS, ({ level }) => levelInput(level));
  #reference: Coefficients | null = null;
  #previous: Float32Array;
  #diffused: Diffused | null = null;

  constructor(private readonly options: TrajectoryOptions) {
    this.#pictures = new Thinned(options.keep ?? 24, ({ record }) => levelInput(record.level));
    this.#truth = options.sharp ? levelsFromPlanes(options.sharp) : null;
    this.#previous = options.photo.data;
  }

  readonly observe = (step: RestorationStep | PhotoStep): void => {
    const { sample, index, level, x, denoised, estimate, diffused } = step;
    if (sample > 0) return;
    if (index === 0) {
      const base = diffused.base?.slice() ?? null;
      this.#diffused = { ...diffused, base };
      if (base) this.#previous = base;
      const { sharp } = this.options;
      if (sharp) this.#reference = coefficientsOf(drawnFromImage(sharp, diffused));
    }
    const shown = shownEstimate(step);
    const deviation = Math.hypot(level.signal, level.noise);
    const kept = limitedToFineDetail(this.#planes(denoised.slice()), diffused);
    if (!this.#reference) this.#kept.add({ index, level, square: crop(kept, analysedSquare(kept)) });
    const record: StepRecord = {
      index,
      level,
      snrDb: snrDb(level),
      change: 127.5 * rootMeanSquare(estimate.data, this.#previous),
      psnr: this.#truth ? psnr(levelsFromPlanes(shown), this.#truth) : null,
      noisyBands: bandPowers(powerSpectrum(this.#planes(x))),
      estimateBands: bandPowers(powerSpectrum(kept)),
      coherences: this.#reference && bandCoherences(coefficientsOf(kept), this.#reference),
    };
    this.#steps.push(record);
    const range = deviation * (diffused.base ? RESIDUAL_RANGE : 1);
    const previous = this.#previous;
    this.#pictures.add({
      record,
      xt: this.#preview((i) => x[i]! / range),
      estimate: this.#preview((i) => shown.data[i]!),
      change: this.#preview((i) => CHANGE_GAIN * (estimate.data[i]! - previous[i]!)),
      spectrum: radialAverage(powerSpectrum(shown)),
    });
    this.#previous = estimate.data;
  };

  finish(): Trajectory {
    const { sharp } = this.options;
    const diffused = this.#diffused;
    return {
      steps: this.#comparedSteps(),
      pictures: this.#pictures.items,
      imageBands:
        sharp && diffused
          ? bandPowers(powerSpectrum(drawnFromImage(sharp, diffused)))
          : (this.#steps.at(-1)?.estimateBands ?? []),
      base: diffused?.base ? this.#planes(diffused.base) : null,
      finePx: diffused?.finePx ?? null,
    };
  }

  /** The steps; where there is no truth, with the coherence of each kept estimate with the last one. */
  #comparedSteps(): readonly StepRecord[] {
    const last = this.#kept.items.at(-1);
    if (!last) return this.#steps;
    const reference = coefficientsOf(last.square);
    const found = new Map(
      this.#kept.items.map(({ index, square }) => [index, bandCoherences(coefficientsOf(square), reference)]),
    );
    return this.#steps.map((step) => ({ ...step, coherences: found.get(step.index) ?? null }));
  }

  #planes(data: Float32Array): Planes {
    return { ...this.options.photo, data };
  }

  #preview(valueAt: (i: number) => number): Raster {
    return preview({ ...this.options.photo, valueAt }, this.options.previewPx ?? 640);
  }
}

function rootMeanSquare(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i]! - b[i]!) ** 2;
  return Math.sqrt(sum / a.length);
}

/**
 * Keeps at most `limit` items. When there is one too many, it drops the item whose neighbours are closest to each
 * other, measured by `place`. The first and the last always stay.
 */
export class Thinned<Item> {
  #items: readonly Item[] = [];

  constructor(
    private readonly limit: number,
    private readonly place: (item: Item) => number,
  ) {}

  get items(): readonly Item[] {
    return this.#items;
  }

  add(item: Item): void {
    const items = [...this.#items, item];
    if (items.length > Math.max(2, this.limit)) {
      const gapAround = (i: number): number => Math.abs(this.place(items[i + 1]!) - this.place(items[i - 1]!));
      let least = 1;
      for (let i = 2; i + 1 < items.length; i++) if (gapAround(i) < gapAround(least)) least = i;
      items.splice(least, 1);
    }
    this.#items = items;
  }
}
