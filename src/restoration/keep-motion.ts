/**
 * @file Keeps the motion network's picture where the predictor does not use the deconvolution. Where parts of the photo
 * moved differently, as with runners or a zoom, the deconvolution is wrong. The predictor then answers with something
 * between the photo and the motion network's picture, which is softer than that picture. Measurements:
 * docs/measurements/default-models.md.
 */
import { shapeError } from "../base/errors.js";
import { smoothstep } from "../base/smoothstep.js";
import { type ConfidenceGrid, confidenceLines } from "../deconvolution/confidence-grid.js";
import { lineReader } from "../images/compact.js";
import type { Planes } from "../images/image.js";
import { type Cells, cellAt, cellsOf, sumAround } from "./cells.js";

/** [C, H, W] "signed", also in 16 bits. */
interface Values {
  readonly data: Float32Array | Uint16Array;
}

export interface KeepInputs {
  /** [C, H, W] "signed". */
  readonly photo: Planes;
  /** Whether the photo is sharp. */
  readonly isSharp: () => boolean;
  /** The motion network's picture, as the predictor was given it. */
  readonly motion: Values;
  readonly deconvolved: Values;
  /** Share, 0 to 1, in which that picture is the deconvolution already; null for none anywhere. */
  readonly yielded: ConfidenceGrid | null;
  /** Places, 0 to 1, where the deconvolution is wrong whatever the prediction uses; null for none. */
  readonly doubt: ConfidenceGrid | null;
}

/** Cells around each whose use is counted with its own. */
const AROUND = 2;
/** Use of the deconvolution, 0 to 1: the motion network's picture stays below the first, the prediction above the second. */
const [UNUSED, USED] = [0.1, 0.3];
/**
 * Factor on the kept picture's difference from the photo. A network that was trained on the mean error corrects too
 * little: 1.1 gains 0.1 dB on GoPro's validation frames, and is sharper.
 */
const STRENGTH = 1.1;
/** Differences of about a level count as agreement: there the prediction stays. */
const SAME = (1 / 127.5) ** 2;

/**
 * Use of the deconvolution d by the prediction p, cell by cell: the factor u that brings m + u (d - m) closest to p,
 * where m is the motion network's picture.
 */
function useOf(prediction: Float32Array, inputs: KeepInputs, cells: Cells): Float64Array {
  const { width } = inputs.photo;
  const count = cells.columns * cells.rows;
  const [along, square] = [new Float64Array(count), new Float64Array(count)];
  forEachLine(prediction, inputs, (p, m, d, y) => {
    for (let x = 0; x < width; x++) {
      const difference = d[x]! - m[x]!;
      const cell = cellAt(cells, x, y);
      along[cell] = along[cell]! + SAME + (p[x]! - m[x]!) * difference;
      square[cell] = square[cell]! + SAME + difference * difference;
    }
  });
  return along.map((_, cell) => sumAround(along, cells, cell, AROUND) / sumAround(square, cells, cell, AROUND));
}

/**
 * Calls `visit` with every line of every channel: the prediction's own memory, the other two as floats, and the line's
 * place in the picture.
 */
function forEachLine(
  prediction: Float32Array,
  { photo: { width, height }, motion, deconvolved }: KeepInputs,
  visit: (prediction: Float32Array, motion: Float32Array, deconvolved: Float32Array, y: number, from: number) => void,
): void {
  const [motionLine, deconvolvedLine] = [lineReader(motion, width), lineReader(deconvolved, width)];
  for (let i = 0, at = 0; at < prediction.length; i++, at += width)
    visit(prediction.subarray(at, at + width), motionLine(at), deconvolvedLine(at), i % height, at);
}

/**
 * Replaces the prediction p, [C, H, W], in place: k + w (p - k), where k = y + 1.1 (m - y) is made of the photo y and
 * the motion network's picture m. The weight w rises from 0 where p does not use the deconvolution to 1 where it does.
 * It is 1 where m is the deconvolution already, and 0 where the deconvolution is in doubt. A sharp photo keeps its
 * prediction, which is closer to the photo. Throws `shape` unless the sizes agree.
 */
export function keepMotion(prediction: Float32Array, inputs: KeepInputs): void {
  const { photo, isSharp, motion, deconvolved, yielded, doubt } = inputs;
  const { width, height, channels } = photo;
  for (const { data } of [{ data: prediction }, motion, deconvolved])
    if (data.length !== photo.data.length)
      throw shapeError("keepMotion", `[${channels}, ${height}, ${width}]`, `${data.length} values`);
  if (isSharp()) return;
  const cells = cellsOf(width, height);
  const used = useOf(prediction, inputs, cells).map((use) => smoothstep(use, UNUSED, USED));
  const usedIn = confidenceLines({ ...cells, values: used }, width);
  const [yieldedIn, doubtIn] = [yielded, doubt].map((grid) => grid && confidenceLines(grid, width));
  forEachLine(prediction, inputs, (p, m, _, y, from) => {
    const [use, share, doubted] = [usedIn(y), yieldedIn?.(y), doubtIn?.(y)];
    for (let x = 0; x < width; x++) {
      const unused = (1 - use[x]!) * (1 - (share?.[x] ?? 0));
      const weight = (1 - unused) * (1 - (doubted?.[x] ?? 0));
      const kept = photo.data[from + x]! + STRENGTH * (m[x]! - photo.data[from + x]!);
      p[x] = kept + weight * (p[x]! - kept);
    }
  });
}
