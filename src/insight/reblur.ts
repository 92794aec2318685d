/**
 * @file How well a restoration explains its photo: the local blur that turns it back, place by place, and what is left over. An answer of
 * "well" is needed for a restoration to be true but does not make it so: detail which blur wipes out leaves no trace in the photo.
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
  /** The photo is divided into cells of about so many pixels a side; each has a kernel of its own, fitted in twice that. */
  readonly cellPx?: number;
  /** Kernels reach so far to each side, less in small photos. */
  readonly reachPx?: number;
}

interface Remains {
  /** Of the restoration blurred again, against the photo, over all channels, white 1. Infinity where nothing is left over. */
  readonly psnr: number;
  /** Share of the squared difference between restoration and photo that blur accounts for: 1 all; null where there is none. */
  readonly explained: number | null;
}

export interface ReblurCell extends Remains {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  /** Null where the photo is too even to tell or too small, or where no blur brings the two nearer; then nothing is blurred there. */
  readonly kernel: Kernel | null;
}

export interface Reblur extends Remains {
  readonly cells: readonly ReblurCell[];
}

/** Below this a place is even: root mean square of neighbours' differences in levels of 255, some three times that of rounding. */
const LEAST_GRADIENT_LEVELS = 1.2;
/** Differences below rounding to bytes are none. */
const ROUNDING_POWER = (1 / 255) ** 2 / 12;

/** Cells of about `cellPx`. */
const cuts = (length: number, cellPx: number) => evenCuts(length, Math.max(1, Math.round(length / cellPx)));

/** Twice the cell, moved inside the picture where it would leave it. */
function around({ from, to }: ReturnType<typeof cuts>[number], length: number): { start: number; size: number } {
  const size = Math.min(length, 2 * (to - from));
  return { start: Math.max(0, Math.min(Math.round((from + to - size) / 2), length - size)), size };
}

const squaredDifference = (a: Float32Array, b: Float32Array): number =>
  a.reduce((sum, value, i) => sum + (value - b[i]!) ** 2, 0);

/**
 * [C, H, W], "signed", twice. Takes some 50 ms a cell; nothing grows with the picture but the list of cells. Blur is fitted in the
 * pictures' own (gamma-encoded) values and on the mean of the channels, so blown-out lights are explained less well than they could be.
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
      const [seen, made] = [crop(photo, window), crop(restored, window)];
      const fitted = reach >= 1 ? kernelOf(greyPlanes(seen), greyPlanes(made), reach) : null;
      const inside = {
        left: columns.from - x.start,
        top: rows.from - y.start,
        width: columns.to - columns.from,
        height: rows.to - rows.from,
      };
      const cell = crop(seen, inside).data;
      const unblurred = squaredDifference(crop(made, inside).data, cell) / 4;
      const blurred = fitted ? squaredDifference(crop(convolve(made, fitted), inside).data, cell) / 4 : Infinity;
      const kernel = blurred < unblurred ? fitted : null;
      const remaining = Math.min(blurred, unblurred);
      left += remaining;
      before += unblurred;
      values += cell.length;
      return {
        ...{ left: columns.from, top: rows.from, width: inside.width, height: inside.height, kernel },
        ...remainsOf(remaining, unblurred, cell.length),
      };
    }),
  );
  return { cells, ...remainsOf(left, before, values) };
}

function kernelOf(seen: Planes, made: Planes, reachPx: number): Kernel | null {
  const levels = 127.5 * Math.sqrt(Math.min(gradientPower(seen), gradientPower(made)));
  return levels < LEAST_GRADIENT_LEVELS ? null : fitKernel(made, seen, { reachPx });
}

const remainsOf = (left: number, before: number, values: number): Remains => ({
  psnr: -10 * Math.log10(left / values),
  explained: before / values <= ROUNDING_POWER ? null : 1 - left / before,
});
