/**
 * @file Decides between a motion network's picture and the blind deconvolution, place by place. A network trained on
 * filmed motion is better where things moved on their own; deconvolution is better, often by several dB, where one
 * kernel blurred everything, as shake does. Measurements: docs/measurements/default-models.md.
 */
import { shapeError } from "../base/errors.js";
import { type ConfidenceGrid, confidenceLines } from "../deconvolution/confidence-grid.js";
import { lineReader } from "../images/compact.js";
import type { Planes } from "../images/image.js";
import { sharpnessOf } from "./sharpness.js";

export interface YieldInputs {
  /** [C, H, W] "signed". */
  readonly photo: Planes;
  /** Whether the photo is sharp; measured if left out. Asked only where there is confidence. */
  readonly isSharp?: (() => boolean) | undefined;
  /** The photo's deconvolution in the same size, also in 16 bits. */
  readonly deconvolved: { readonly data: Float32Array | Uint16Array };
  readonly confidence: ConfidenceGrid;
  /** Places, 0 to 1, where the deconvolution is wrong whatever the confidence; null for none. */
  readonly doubt?: ConfidenceGrid | null | undefined;
}

/**
 * Ratio of the network's change to the deconvolution's, root mean squares over a place: below the first the network has
 * left the blur alone, above the second it has removed it itself. Comparing over smaller windows costs a decibel on
 * GoPro.
 */
const [LEFT, REMOVED] = [0.81, 0.91];
/** Smallest sum of squares, in "signed" units, that counts as a change. */
const MIN_CHANGE = 1e-9;

/**
 * Replaces `picture`, the motion network's [C, H, W], in place: p + c (d - p), where c is the confidence in the
 * deconvolution d, and 0 where the network changes the photo as much as the deconvolution does or d is in doubt. A sharp
 * photo keeps the network's picture: the kernel found in it is that of its lens. Returns c without the doubt, or null if
 * nothing was replaced. Throws `shape` unless the sizes agree.
 */
export function yieldToDeconvolution(
  picture: Planes,
  { photo, isSharp = () => sharpnessOf(photo).sharp, deconvolved, confidence, doubt }: YieldInputs,
): ConfidenceGrid | null {
  const { width, height, channels } = picture;
  for (const { data } of [photo, deconvolved])
    if (data.length !== picture.data.length)
      throw shapeError("yieldToDeconvolution", `[${channels}, ${height}, ${width}]`, `${data.length} values`);
  if (Array.from(confidence.values).every((value) => value === 0) || isSharp()) return null;
  const deconvolvedLine = lineReader(deconvolved, width);
  const { columns, rows, values, within } = confidence;

  const changes = Array.from(values, () => ({ network: 0, deconvolution: 0 }));
  const placeOf = (at: number, length: number, count: number) =>
    Math.min(count - 1, Math.max(0, Math.floor((at * count) / length)));
  const columnOf = Array.from({ length: width }, (_, x) => placeOf(x - within.left, within.width, columns));
  for (let y = 0, at = 0; y < channels * height; y++, at += width) {
    const sharper = deconvolvedLine(at);
    const row = placeOf((y % height) - within.top, within.height, rows);
    for (let x = 0; x < width; x++) {
      const place = changes[row * columns + columnOf[x]!]!;
      place.network += (picture.data[at + x]! - photo.data[at + x]!) ** 2;
      place.deconvolution += (sharper[x]! - photo.data[at + x]!) ** 2;
    }
  }
  const shares = changes.map(({ network, deconvolution }, i) => {
    const ratio = Math.sqrt(network / Math.max(deconvolution, MIN_CHANGE));
    return values[i]! * Math.min(1, Math.max(0, (REMOVED - ratio) / (REMOVED - LEFT)));
  });

  const yielded = { ...confidence, values: shares };
  const shareOf = confidenceLines(yielded, width);
  const doubtOf = doubt && confidenceLines(doubt, width);
  const weights = new Float64Array(width);
  for (let y = 0; y < height; y++) {
    const [share, doubted] = [shareOf(y), doubtOf?.(y)];
    for (let x = 0; x < width; x++) weights[x] = doubted ? share[x]! * (1 - doubted[x]!) : share[x]!;
    for (let channel = 0; channel < channels; channel++) {
      const at = (channel * height + y) * width;
      const sharper = deconvolvedLine(at);
      for (let x = 0; x < width; x++)
        picture.data[at + x] = picture.data[at + x]! + weights[x]! * (sharper[x]! - picture.data[at + x]!);
    }
  }
  return yielded;
}
