/** @file Blind deconvolution of a picture's pixels, without a model. */
import type { BlurEstimator } from "../deconvolution/blur-estimator.js";
import { deconvolve, type Place } from "../deconvolution/deconvolve.js";
import type { DeconvolverName } from "../deconvolution/deconvolver-name.js";
import { deconvolveBlind } from "../deconvolution/hypotheses/deconvolve-blind.js";
import type { Raster } from "../images/image.js";
import { planesFromRaster, rasterLike } from "../images/pixels.js";
import { withCallbacks } from "./callbacks.js";
import type { Picture, Platform } from "./restored.js";

/** How the blur of a photo is estimated. */
export interface DeconvolveOptions {
  /** "hypotheses" undoes several estimates and takes the most likely (default); "single" estimates once and is faster. */
  readonly method?: DeconvolverName | undefined;
  /** Approximate distance in pixels of the places at which the blur is estimated; by default the method's. */
  readonly cellPx?: number | undefined;
  /** Called with the share of work done, 0 to 1. */
  readonly onProgress?: ((share: number) => void) | undefined;
  /** Stops the estimation; the call rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** A deconvolved photo. */
export interface DeconvolvedPhoto<P extends Platform> extends Picture<P> {
  /** The estimated kernels and their places, row by row; none for a photo of less than 64 pixels a side. */
  readonly places: readonly Place[];
}

/** Deconvolves a raster. `estimator`: runs the estimation, by default on this thread. Throws the signal's reason. */
export async function deconvolvedRaster(
  photo: Raster,
  { method = "hypotheses", onProgress, ...given }: DeconvolveOptions & { readonly estimator?: BlurEstimator },
): Promise<{ readonly raster: Raster; readonly places: readonly Place[] }> {
  given.signal?.throwIfAborted();
  return withCallbacks(given.signal, async ({ signal, of }) => {
    const options = { ...given, signal, onProgress: of(onProgress) };
    const planes = planesFromRaster(photo);
    const { deconvolved, places } =
      method === "single" ? await deconvolve(planes, options) : (await deconvolveBlind(planes, options)).candidates[0]!;
    return {
      raster: rasterLike(deconvolved, photo),
      places: places.map(({ x, y, kernel }) => ({ x, y, kernel })),
    };
  });
}
