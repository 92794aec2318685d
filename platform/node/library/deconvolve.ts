/** @file Blind deconvolution with the threads of this machine. */
import { BlurThreads } from "../../../src/deconvolution/blur-threads.js";
import { type DeconvolvedPhoto, type DeconvolveOptions, deconvolvedRaster } from "../../../src/library/deconvolve.js";
import { pictureFrom } from "../../../src/library/restored.js";
import { givenOptions } from "../../../src/library/settings.js";
import { startBlurThread } from "../threads/blur-thread.js";
import { defaultThreads } from "../threads/processors.js";
import { type NodePlatform, savingFor } from "./saving.js";
import { readSource, type Source } from "./source.js";

/** A deconvolved photo with the estimated kernels. */
export interface Deconvolved extends DeconvolvedPhoto<NodePlatform> {}

/**
 * Estimates the blur of a photo at several places and undoes it, without a model. Right for shake of the whole camera;
 * where things moved by themselves it draws false edges.
 */
export async function deconvolve(photo: Source, given?: DeconvolveOptions): Promise<Deconvolved> {
  const options = givenOptions("deconvolve", given);
  options.signal?.throwIfAborted();
  const read = await readSource(photo, options.signal);
  const estimator = new BlurThreads(defaultThreads(), startBlurThread);
  try {
    const { raster, places } = await deconvolvedRaster(read.photo.raster, { ...options, estimator });
    return { ...pictureFrom(raster, savingFor(read)), places };
  } finally {
    estimator.release();
  }
}
