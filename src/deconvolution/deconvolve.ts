/**
 * @file A photo without the blur it tells of itself: kernels estimated at a few places, each undone around its own place. Exact for shake
 * of the whole camera; where things move by themselves, or a kernel is wrong, it draws false edges: a hint for a network, not a result.
 */
import { argumentError, shapeError, throwIfCancelled } from "../base/errors.js";
import { type Kernel, kernelReach } from "../blur/kernel.js";
import { lightFromUnit, unitFromLight } from "../blur/light.js";
import type { Planes } from "../images/image.js";
import { greyPlanes, signedFromUnit, unitFromSigned } from "../images/pixels.js";
import { halvings, windowsAround } from "./blind-kernel.js";
import { type BlurEstimator, estimatorHere } from "./blur-estimator.js";
import { openFourier } from "./fourier.js";
import { undoBlur } from "./undo-blur.js";

export interface DeconvolveOptions {
  /** Kernels reach so far to each side: blur of up to twice that is undone. */
  readonly reachPx?: number;
  /** About how far apart the places are at which the blur is estimated. */
  readonly cellPx?: number;
  /** Who estimates; on this thread when left out. */
  readonly estimator?: BlurEstimator;
  /** Told how much is done, 0 to 1. */
  onProgress?(share: number): void;
  readonly signal?: AbortSignal;
}

export interface Place {
  /** The middle of what the kernel stands for, in pixels. */
  readonly x: number;
  readonly y: number;
  readonly kernel: Kernel;
}

export interface Deconvolution {
  /** [3, H, W], "signed". */
  readonly deconvolved: Planes;
  /** Row by row. */
  readonly places: readonly Place[];
}

/** Smaller photos say nothing about motion. */
const LEAST_PX = 64;

/** Of the work, how much estimating the blur is. */
const ESTIMATE_SHARE = 0.9;

const CURVE = "gamma2.2";
// One array each: those of a large photo are hundreds of megabytes.
const lightOf = (photo: Planes): Planes => {
  const unit = unitFromSigned(photo);
  return lightFromUnit(unit, CURVE, unit.data);
};
/** In place. */
const photoOf = (light: Planes): Planes => {
  const unit = unitFromLight(light, CURVE, light.data);
  return signedFromUnit(unit, unit.data);
};

/** [3, H, W], "signed". The camera's curve is taken for a power of 2.2. Throws `cancelled`. */
export async function deconvolve(photo: Planes, options: DeconvolveOptions = {}): Promise<Deconvolution> {
  const { reachPx = 15, onProgress, signal } = options;
  const { width, height, channels } = photo;
  if (channels !== 3) throw shapeError("deconvolve", "[3, H, W]", [channels, height, width]);
  if (!Number.isInteger(reachPx) || reachPx < 1 || reachPx > 31)
    throw argumentError("deconvolve", "reachPx must be an integer from 1 to 31", reachPx);
  if (Math.min(width, height) < LEAST_PX) return { deconvolved: photo, places: [] };
  const light = lightOf(photo);
  const { places, columns, rows } = await estimatePlaces(light, reachPx, options);
  throwIfCancelled(signal, "deconvolve");
  const kernels = places.map(({ kernel }) => kernel);
  const sharper = await undoBlur(light, { kernels, columns, rows, reachPx }, await openFourier(), {
    onProgress: (share) => onProgress?.(ESTIMATE_SHARE + (1 - ESTIMATE_SHARE) * share),
    signal,
  });
  onProgress?.(1);
  return { deconvolved: photoOf(sharper), places };
}

/** Kernels at places that divide the picture evenly, row by row. */
async function estimatePlaces(
  light: Planes,
  reachPx: number,
  { cellPx = 896, estimator = estimatorHere, onProgress, signal }: DeconvolveOptions,
) {
  const { width, height } = light;
  const levels = halvings(greyPlanes(light), reachPx);
  const [columns, rows] = [Math.ceil(width / cellPx), Math.ceil(height / cellPx)];
  const middles = Array.from({ length: rows * columns }, (_, i) => ({
    x: (((i % columns) + 0.5) * width) / columns,
    y: ((Math.floor(i / columns) + 0.5) * height) / rows,
  }));
  const places: Place[] = [];
  let done = 0;
  const waiting = middles.entries();
  // Windows are cut when somebody has time for them: those of all places of a large photo would be too much to keep.
  const lane = async () => {
    for (const [i, middle] of waiting) {
      throwIfCancelled(signal, "deconvolve");
      places[i] = { ...middle, kernel: await estimator.run("kernel", windowsAround(levels, middle, reachPx)) };
      onProgress?.((ESTIMATE_SHARE * ++done) / middles.length);
    }
  };
  await Promise.all(Array.from({ length: Math.min(estimator.lanes, middles.length) }, lane));
  return { places, columns, rows };
}

/** The same for a blur that is known. */
export async function deconvolveWith(photo: Planes, kernel: Kernel): Promise<Planes> {
  const grid = { kernels: [kernel], columns: 1, rows: 1, reachPx: kernelReach(kernel) };
  return photoOf(await undoBlur(lightOf(photo), grid, await openFourier()));
}
