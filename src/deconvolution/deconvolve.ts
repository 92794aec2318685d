/**
 * @file Blind deconvolution of a photo: estimates kernels at several places and deconvolves around each. It is exact
 * for shake of the whole camera. Where objects move on their own or a kernel is wrong it draws false edges, so its
 * result is an input of a network and not a final one.
 */
import { argumentError, shapeError, throwIfCancelled } from "../base/errors.js";
import type { Kernel } from "../blur/kernel.js";
import { lightFromUnit, unitFromLight } from "../blur/light.js";
import type { Planes } from "../images/image.js";
import { greyPlanes, signedFromUnit, unitFromSigned } from "../images/pixels.js";
import { halvings, windowsAround } from "./blind-kernel.js";
import { type BlurEstimator, inlineEstimator } from "./blur-estimator.js";
import { deconvolveGrid } from "./deconvolve-grid.js";
import { openFourier } from "./fourier.js";

export interface DeconvolveOptions {
  /** Reach of the kernels in pixels to each side; it covers blur up to twice as wide. */
  readonly reachPx?: number | undefined;
  /** Approximate distance in pixels of the places at which the blur is estimated. */
  readonly cellPx?: number | undefined;
  /** Runs the blur estimation; by default on this thread. */
  readonly estimator?: BlurEstimator | undefined;
  /** Called with the share of work done, 0 to 1. */
  readonly onProgress?: ((share: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface Place {
  /** Centre of the cell that the kernel stands for, in pixels. */
  readonly x: number;
  readonly y: number;
  readonly kernel: Kernel;
}

export interface Deconvolution {
  /** [3, H, W], "signed". */
  readonly deconvolved: Planes;
  /** Kernels and their places, row by row. */
  readonly places: readonly Place[];
}

/** Smallest side at which motion can be estimated. */
const MIN_PX = 64;

/** Share of blur estimation in the work, for progress only. */
const ESTIMATE_SHARE = 0.9;

const CURVE = "gamma2.2";
// Each creates one array only: those of a large photo take hundreds of megabytes.
const lightOf = (photo: Planes): Planes => {
  const unit = unitFromSigned(photo);
  return lightFromUnit(unit, CURVE, unit.data);
};
/** Converts in place. */
const photoOf = (light: Planes): Planes => {
  const unit = unitFromLight(light, CURVE, light.data);
  return signedFromUnit(unit, unit.data);
};

/** [3, H, W], "signed". Assumes a camera curve of gamma 2.2. Throws `cancelled`. */
export async function deconvolve(photo: Planes, options: DeconvolveOptions = {}): Promise<Deconvolution> {
  const { reachPx = 15, onProgress, signal } = options;
  const { width, height, channels } = photo;
  if (channels !== 3) throw shapeError("deconvolve", "[3, H, W]", [channels, height, width]);
  if (!Number.isInteger(reachPx) || reachPx < 1 || reachPx > 31)
    throw argumentError("deconvolve", "reachPx must be an integer from 1 to 31", reachPx);
  if (Math.min(width, height) < MIN_PX) return { deconvolved: photo, places: [] };
  const light = lightOf(photo);
  const { places, columns, rows } = await estimatePlaces(light, reachPx, options);
  throwIfCancelled(signal);
  const kernels = places.map(({ kernel }) => kernel);
  const sharper = await deconvolveGrid(light, { kernels, columns, rows, reachPx }, await openFourier(), {
    onProgress: (share) => onProgress?.(ESTIMATE_SHARE + (1 - ESTIMATE_SHARE) * share),
    signal,
  });
  onProgress?.(1);
  return { deconvolved: photoOf(sharper), places };
}

/** Estimates kernels at places that divide the picture evenly, row by row. */
async function estimatePlaces(
  light: Planes,
  reachPx: number,
  { cellPx = 896, estimator = inlineEstimator, onProgress, signal }: DeconvolveOptions,
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
  // Each lane crops its windows when it needs them: the windows of all places of a large photo would not fit in memory.
  const lane = async () => {
    for (const [i, middle] of waiting) {
      throwIfCancelled(signal);
      places[i] = { ...middle, kernel: await estimator.run("kernel", windowsAround(levels, middle, reachPx)) };
      onProgress?.((ESTIMATE_SHARE * ++done) / middles.length);
    }
  };
  await Promise.all(Array.from({ length: Math.min(estimator.lanes, middles.length) }, lane));
  return { places, columns, rows };
}
