/** @file What the page's scrubber shows of each diffusion step: small pictures, of which the first sample's are kept. */
import type { Planes, Raster } from "../../src/images/image.js";
import { preview } from "../../src/insight/preview.js";
import { CHANGE_GAIN, RESIDUAL_RANGE } from "../../src/insight/trajectory.js";
import type { RestorationStep } from "../../src/restoration/restorer.js";

export const STEP_PX = 512;

export interface StepRasters {
  readonly noisy: Raster;
  readonly estimate: Raster;
  readonly change: Raster | null;
  readonly label: string;
}

/** Give `observe` to a restoration as `onStep`. Memory: one estimate of full size, and the pictures. */
export class StepRecorder {
  readonly steps: StepRasters[] = [];
  #before: Float32Array | null = null;

  constructor(private readonly photo: Planes) {}

  readonly observe = ({ sample, index, total, level, x, denoised, prediction, scale }: RestorationStep): void => {
    if (sample > 0) return;
    const before = this.#before;
    const base = (i: number) => (prediction ? prediction[i]! : 0);
    const estimate = denoised.map((value, i) => Math.max(-1, Math.min(1, base(i) + scale * value)));
    // A residual of so many standard deviations is shown black or white.
    const range = Math.hypot(level.signal, level.noise) * (prediction ? RESIDUAL_RANGE : 1);
    this.steps.push({
      noisy: this.#small((i) => x[i]! / range),
      estimate: this.#small((i) => estimate[i]!),
      change: before && this.#small((i) => CHANGE_GAIN * (estimate[i]! - before[i]!)),
      label: `step ${index + 1} of ${total}`,
    });
    this.#before = estimate;
  };

  #small(valueAt: (index: number) => number): Raster {
    return preview({ ...this.photo, valueAt }, STEP_PX);
  }
}
