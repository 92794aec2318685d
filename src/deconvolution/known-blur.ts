/** @file Deconvolution of a photo with a known blur: one kernel, or one per cell of an even grid. */
import { argumentError, shapeError } from "../base/errors.js";
import { type Kernel, kernelReach } from "../blur/kernel.js";
import { unitFromLight } from "../blur/light.js";
import type { Planes } from "../images/image.js";
import { signedFromUnit } from "../images/pixels.js";
import { type BlurEstimator, inlineEstimator } from "./blur-estimator.js";
import { deconvolveGrid } from "./deconvolve-grid.js";
import { openFourier } from "./fourier.js";
import { deconvolvePlaces } from "./hypotheses/deconvolve-places.js";
import { RESPONSES, type Response } from "./hypotheses/response.js";
import { photoLight } from "./photo-light.js";

export interface KnownBlur {
  /** Kernels, row by row, of cells that divide the photo evenly. */
  readonly kernels: readonly Kernel[];
  readonly columns: number;
  readonly rows: number;
  /** Domain of the blur: light, which the camera then encoded, or the encoded values. */
  readonly response: Response;
}

/**
 * `total-variation`: few, sharp edges; clipped light counts as unknown. `wiener`: a linear filter that takes a tenth of
 * the time and rings at strong edges and clipped lights.
 */
export const KERNEL_FILTERS = ["total-variation", "wiener"] as const;
export type KernelFilter = (typeof KERNEL_FILTERS)[number];

/** Blocks are at most 1024 px, of which eight times the reach are margin. */
export const MAX_KERNEL_REACH_PX = 63;

export interface DeconvolveKnownOptions {
  /** Default `total-variation`. */
  readonly filter?: KernelFilter;
  /** Runs the deconvolution of blocks; by default on this thread. */
  readonly estimator?: BlurEstimator;
  /** Called with the share of work done, 0 to 1. */
  onProgress?(share: number): void;
  readonly signal?: AbortSignal | undefined;
}

/** Reach of the widest kernel, at least 1. */
export const reachOf = ({ kernels }: KnownBlur): number => Math.max(1, ...kernels.map(kernelReach));

/** Throws `argument` if the kernels do not fill the grid, and for kernels that are too wide. */
export function checkKnownBlur({ kernels, columns, rows, response }: KnownBlur): void {
  if (kernels.length === 0 || kernels.length !== columns * rows)
    throw argumentError("known blur", `${columns} x ${rows} kernels`, kernels.length);
  if (!RESPONSES.includes(response))
    throw argumentError("known blur", `expected a response of ${RESPONSES.join(", ")}`, response);
  const reach = Math.max(...kernels.map(kernelReach));
  if (reach > MAX_KERNEL_REACH_PX)
    throw argumentError(
      "known blur",
      `expected kernels that reach at most ${MAX_KERNEL_REACH_PX} px to each side; shrink photo and kernel alike`,
      reach,
    );
}

/**
 * Deconvolves [3, H, W], "signed", within [-1, 1]. Kernels are not centred, so one that shifts the picture shifts the
 * result back. Throws `cancelled`.
 */
export async function deconvolveKnown(
  photo: Planes,
  blur: KnownBlur,
  { filter = "total-variation", estimator = inlineEstimator, onProgress, signal }: DeconvolveKnownOptions = {},
): Promise<Planes> {
  const { width, height, channels } = photo;
  if (channels !== 3) throw shapeError("deconvolveKnown", "[3, H, W]", [channels, height, width]);
  checkKnownBlur(blur);
  const { kernels, columns, rows, response } = blur;
  const light = photoLight(photo, response);
  const grid = { kernels, columns, rows, reachPx: reachOf(blur) };
  const callbacks = { signal, ...(onProgress ? { onProgress } : {}) };
  const sharper =
    filter === "wiener"
      ? await deconvolveGrid(light.of({ left: 0, top: 0, width, height }), grid, await openFourier(), callbacks)
      : (
          await deconvolvePlaces(light, grid, {
            ...{ shifts: kernels.map(() => ({ x: 0, y: 0 })), reblurs: false },
            ...{ estimator, ...callbacks },
          })
        ).sharper;
  const back = unitFromLight(sharper, response, sharper.data);
  return signedFromUnit(back, back.data);
}

/** The kernel, padded to a square of odd `side`: [side * side]. */
export function squareKernel(
  { width, height, data }: Pick<Kernel, "width" | "height"> & { readonly data: ArrayLike<number> },
  side: number,
): Float32Array {
  const out = new Float32Array(side * side);
  const [left, top] = [(side >> 1) - (width >> 1), (side >> 1) - (height >> 1)];
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) out[(top + y) * side + left + x] = data[y * width + x]!;
  return out;
}
