/** @file Catalog of the two methods of blind deconvolution, by the names that models and training data use. */
import { argumentError } from "../base/errors.js";
import type { Planes } from "../images/image.js";
import type { BlurEstimator } from "./blur-estimator.js";
import type { ConfidenceGrid } from "./confidence-grid.js";
import { deconvolve } from "./deconvolve.js";
import type { DeconvolverName } from "./deconvolver-name.js";
import { deconvolveBlind } from "./hypotheses/deconvolve-blind.js";

export interface DeconvolverOptions {
  /** Also compute the residual; only `hypotheses` has one. Default false. */
  readonly residual?: boolean | undefined;
  /** Runs the blur estimation; by default on this thread. */
  readonly estimator?: BlurEstimator | undefined;
  /** Called with the share of work done, 0 to 1. */
  readonly onProgress?: ((share: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** [3, H, W] each. */
export interface Deconvolved {
  /** "signed". A photo whose blur cannot be estimated is returned unchanged. */
  readonly deconvolved: Planes;
  /** Photo minus the result blurred again, in "signed" units, -2 to 2; null unless asked for. */
  readonly residual: Planes | null;
  /** Confidence in the kernels; null for a method without one. */
  readonly confidence: ConfidenceGrid | null;
}

/** Deconvolves [3, H, W], "signed". Throws `argument` if a residual is requested that the method does not have. */
export type Deconvolver = (photo: Planes, options?: DeconvolverOptions) => Promise<Deconvolved>;

interface DeconvolverEntry {
  readonly deconvolve: Deconvolver;
  /** Version of the method's results, raised with every change; part of the names of prepared scenes. */
  readonly version: number;
}

export const DECONVOLVERS: Readonly<Record<DeconvolverName, DeconvolverEntry>> = {
  single: {
    async deconvolve(photo, options) {
      if (options?.residual)
        throw argumentError("deconvolve", 'a residual needs the deconvolver "hypotheses"', "single");
      return { deconvolved: (await deconvolve(photo, options)).deconvolved, residual: null, confidence: null };
    },
    version: 5,
  },
  hypotheses: {
    deconvolve: async (photo, options) => (await deconvolveBlind(photo, options)).candidates[0]!,
    version: 2,
  },
};
