/** @file The two methods of blind deconvolution by name, as models and training data choose them. */
import type { Planes } from "../images/image.js";
import type { BlurEstimator } from "./blur-estimator.js";
import { deconvolve } from "./deconvolve.js";
import type { DeconvolverName } from "./deconvolver-name.js";
import { deconvolveBlind } from "./hypotheses/deconvolve-blind.js";

export interface DeconvolverOptions {
  /** Runs the blur estimation; by default on this thread. */
  readonly estimator?: BlurEstimator;
  /** Called with the share of work done, 0 to 1. */
  onProgress?(share: number): void;
  readonly signal?: AbortSignal;
}

/** [3, H, W], "signed" -> the same. A photo whose blur cannot be estimated is returned unchanged. */
export type Deconvolver = (photo: Planes, options?: DeconvolverOptions) => Promise<Planes>;

interface DeconvolverEntry {
  readonly deconvolve: Deconvolver;
  /** Raised with every change of the method's results; part of the keys of cached training pictures. */
  readonly version: number;
}

export const DECONVOLVERS: Readonly<Record<DeconvolverName, DeconvolverEntry>> = {
  single: { deconvolve: async (photo, options) => (await deconvolve(photo, options)).deconvolved, version: 5 },
  hypotheses: {
    deconvolve: async (photo, options) => (await deconvolveBlind(photo, options)).candidates[0]!.deconvolved,
    version: 1,
  },
};
