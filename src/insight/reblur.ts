/**
 * @file Check of a restoration against its photo: the local blur that turns it back into the photo, place by place, and
 * the remaining difference. A true restoration must explain its photo, but one that does need not be true: detail that
 * blur removes leaves no trace in the photo.
 */
import { shapeError } from "../base/errors.js";
import { convolve } from "../blur/convolve.js";
import { fitKernel, gradientPower } from "../blur/fit-kernel.js";
import type { Kernel } from "../blur/kernel.js";
import { crop } from "../images/crop.js";
import { evenCuts } from "../images/even-cuts.js";
import type { Planes } from "../images/image.js";
import { greyPlanes } from "../images/pixels.js";

export interface ReblurOptions {
  /** Approximate side in pixels of the photo's cells; each has its own kernel, fitted in an area twice as wide. */
  readonly cellPx?: number;
  /** Reach of the kernels in pixels to each side; less in small photos. */
  readonly reachPx?: number;
}

interface Remains {
  /**
   * PSNR in dB of the reblurred restoration relative to the photo, over all channels, white is 1. Infinity if they are
   * equal.
   */
  readonly psnr: number;
  /**
   * Share of the squared difference between restoration and photo that blur explains, up to 1; null if they do not
   * differ.
   */
  readonly explained: number | null;
}

export interface ReblurCell extends Remains {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  /**
   * Null if the photo is too even or too small for a fit, or if no blur brings the two closer; the cell is then not
   * blurred.
   */
  readonly kernel: Kernel | null;
}

export interface Reblur extends Remains {
  readonly cells: readonly ReblurCell[];
}

/**
 * Root mean square of differences between neighbours, in levels of 255, below which a place is even. It is about three
 * times that of rounding.
 */
const MIN_GRADIENT_LEVELS = 1.2;
/** Power of rounding to bytes; smaller differences count as none. */
const ROUNDING_POWER = (1 / 255) ** 2 / 12;

/** Cells of about `cellPx` along a side. */
const cuts = (length: number, cellPx: number) => evenCuts(length, Math.max(1, Math.round(length / cellPx)));

/** Twice the cell, shifted into the picture. */
function around({ from, to }: ReturnType<typeof cuts>[number], length: number): { start: number; size: number } {
  const size = Math.min(length, 2 * (to - from));
  return { start: Math.max(0, Math.min(Math.round((from + to - size) / 2), length - size)), size };
}

const squaredDifference = (a: Float32Array, b: Float32Array): number =>
  a.reduce((sum, value, i) => sum + (value - b[i]!) ** 2, 0);

/**
 * Both [C, H, W], "signed". Takes some 50 ms per cell; memory does not grow with the picture except for the list of
 * cells. Blur is fitted in the (gamma-encoded) values of the pictures and on the mean of the channels, so blown-out
 * lights are explained less well than they could be.
 */
export function reblur(photo: Planes, restored: Planes, { cellPx = 96, reachPx = 15 }: ReblurOptions = {}): Reblur {
  const { width, height, channels } = photo;
  if (restored.width !== width || restored.height !== height || restored.channels !== channels)
    throw shapeError("reblur", `a restoration [${channels}, ${height}, ${width}]`, [
      restored.channels,
      restored.height,
      restored.width,
    ]);
  const reach = Math.min(reachPx, Math.floor(Math.min(width, height) / 4));
  let [left, before, values] = [0, 0, 0];
  const cells = cuts(height, cellPx).flatMap((rows) =>
    cuts(width, cellPx).map((columns): ReblurCell => {
      const [x, y] = [around(columns, width), around(rows, height)];
      const window = { left: x.start, top: y.start, width: x.size, height: y.size };
      const [blurry, made] = [crop(photo, window), crop(restored, window)];
      const fitted = reach >= 1 ? kernelOf(greyPlanes(blurry), greyPlanes(made), reach) : null;
      const inside = {
        left: columns.from - x.start,
        top: rows.from - y.start,
        width: columns.to - columns.from,
        height: rows.to - rows.from,
      };
      const cell = crop(blurry, inside).data;
      const unblurred = squaredDifference(crop(made, inside).data, cell) / 4;
      const blurred = fitted ? squaredDifference(crop(convolve(made, fitted), inside).data, cell) / 4 : Infinity;
      const kernel = blurred < unblurred ? fitted : null;
      const remaining = Math.min(blurred, unblurred);
      left += remaining;
      before += unblurred;
      values += cell.length;
      return {
        ...{ left: columns.from, top: rows.from, width: inside.width, height: inside.height, kernel },
        ...unexplainedOf(remaining, unblurred, cell.length),
      };
    }),
  );
  return { cells, ...unexplainedOf(left, before, values) };
}

function kernelOf(blurry: Planes, made: Planes, reachPx: number): Kernel | null {
  const levels = 127.5 * Math.sqrt(Math.min(gradientPower(blurry), gradientPower(made)));
  return levels < MIN_GRADIENT_LEVELS ? null : fitKernel(made, blurry, { reachPx });
}

const unexplainedOf = (left: number, before: number, values: number): Remains => ({
  psnr: -10 * Math.log10(left / values),
  explained: before / values <= ROUNDING_POWER ? null : 1 - left / before,
});
