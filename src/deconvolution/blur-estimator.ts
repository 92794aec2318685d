/** @file Who estimates blur: this thread, or several at a time. */
import { breathe } from "../base/breathe.js";
import type { Kernel } from "../blur/kernel.js";
import { type BlurWindow, estimateKernel } from "./blind-kernel.js";
import { openFourier } from "./fourier.js";

export interface BlurEstimator {
  /** How many places it estimates at the same time. */
  readonly lanes: number;
  /** Of the windows of one place, the finest first. */
  estimate(windows: readonly BlurWindow[]): Promise<Kernel>;
}

/** A place takes the better part of a second, so the rest of the program runs before and after it. */
export const estimatorHere: BlurEstimator = {
  lanes: 1,
  async estimate(windows) {
    const fourier = await openFourier();
    await breathe();
    const kernel = estimateKernel(windows, fourier);
    await breathe();
    return kernel;
  },
};
