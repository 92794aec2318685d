/** @file Small pictures of each diffusion step for the page's scrubber; those of the first sample are kept. */
import type { Planes, Raster } from "../../src/images/image.js";
import { preview } from "../../src/images/preview.js";
import { CHANGE_GAIN, RESIDUAL_RANGE, shownEstimate } from "../../src/insight/trajectory.js";
import type { PhotoStep } from "../../src/restoration/restore-photo.js";

const STEP_PX = 512;

export interface StepRasters {
  readonly noisy: Raster;
  readonly estimate: Raster;
  readonly change: Raster | null;
  readonly label: string;
}

/** Pass `observe` to `restorePhoto` as `onStep`. Memory: one estimate of full size, and the pictures. */
export class StepRecorder {
  readonly steps: StepRasters[] = [];
  #before: Float32Array | null = null;

  constructor(private readonly photo: Planes) {}

  readonly observe = (step: PhotoStep): void => {
    const { sample, index, total, level, x, estimate, diffused } = step;
    if (sample > 0) return;
    const before = this.#before;
    const shown = shownEstimate(step);
    // A residual of RESIDUAL_RANGE standard deviations is shown as black or white.
    const range = Math.hypot(level.signal, level.noise) * (diffused.base ? RESIDUAL_RANGE : 1);
    this.steps.push({
      noisy: this.#small((i) => x[i]! / range),
      estimate: this.#small((i) => shown.data[i]!),
      change: before && this.#small((i) => CHANGE_GAIN * (estimate.data[i]! - before[i]!)),
      label: `step ${index + 1} of ${total}`,
    });
    this.#before = estimate.data;
  };

  #small(valueAt: (index: number) => number): Raster {
    return preview({ ...this.photo, valueAt }, STEP_PX);
  }
}
