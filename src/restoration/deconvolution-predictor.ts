/** @file Blind deconvolution as a model's predictor: the most likely result. */
import type { BlurEstimator } from "../deconvolution/blur-estimator.js";
import { deconvolveBlind } from "../deconvolution/hypotheses/deconvolve-blind.js";
import type { DeconvolutionConfig } from "./model-config.js";
import type { Predictor } from "./predictor.js";

/** Progress counts as so many windows. */
const WINDOWS = 20;

export const deconvolutionPredictor = (
  { response }: DeconvolutionConfig,
  estimator: BlurEstimator | undefined,
): Predictor => ({
  windows: () => WINDOWS,
  async predict(photo, signal, onWindow) {
    const { candidates } = await deconvolveBlind(photo, {
      onProgress: (share) => onWindow(WINDOWS * share),
      ...(response ? { response } : {}),
      ...(estimator ? { estimator } : {}),
      ...(signal ? { signal } : {}),
    });
    const { data } = candidates[0]!.deconvolved;
    return data === photo.data ? data.slice() : data; // a photo that is too small comes back as it is
  },
});
