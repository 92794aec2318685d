/**
 * @file Sharpness of a photo, without a reference: the width of its edges in the direction in which they are widest, at
 * several sizes. Grain, JPEG artefacts and a camera's own sharpening are narrow at full size; shake is wide at half and
 * quarter size, where those are gone. The test errs towards blurry: restoring a sharp photo wastes time, skipping a
 * blurry one fails the user. Measured rates: docs/decisions/0021.
 */
import type { Planes } from "../images/image.js";
import { greyPlanes } from "../images/pixels.js";

export interface Sharpness {
  /**
   * Root mean square of differences between neighbours over that at a distance of 4 px, without noise, at the size
   * where it is smallest. Edges 1, 2, 3, 5 and 9 px wide give 0.5, 0.378, 0.327, 0.289 and 0.269; wider ones tend to
   * 0.25. Null if too few places have edges.
   */
  readonly narrowness: number | null;
  readonly sharp: boolean;
}

/** Threshold: between edges of 2 and of 3 px. */
export const SHARP_FROM = 0.35;

/** Criteria for the places of one size. */
interface Judging {
  readonly patchPx: number;
  readonly leastPlaces: number;
  /**
   * Percentage of places that may be less narrow: a background out of focus covers many places, a moving hand a few.
   */
  readonly blurryPercent: number;
}
const FULL_SIZE: Judging = { patchPx: 96, leastPlaces: 4, blurryPercent: 10 };
/** Places of half and quarter size are smaller, so they vary more. */
const SMALLER: Judging = { patchPx: 48, leastPlaces: 20, blurryPercent: 25 };
/** Larger photos are softer at full size than they appear, so they are measured from half size on. */
const FULL_SIZE_PIXELS = 8e6;

const LAG_PX = 4;
/** Places with less signal are flat: mean square of differences at the lag, in levels of 255, beyond noise. */
const MIN_POWER = 30;
/** Share of the places, the quietest ones, that determine the noise. */
const QUIET_PERCENT = 10;

interface Place {
  readonly noise: number;
  /** Values for each direction. */
  readonly powers: readonly { readonly near: number; readonly far: number }[];
}

/** Sharpness of the mean of the channels. photo: [C, H, W], "signed". Memory: 1.25 channels. */
export function sharpnessOf(photo: Planes): Sharpness {
  let grey = greyPlanes(photo);
  while (grey.width * grey.height > FULL_SIZE_PIXELS) grey = halved(grey);
  const first = narrownessOf(grey, FULL_SIZE);
  if (first === null) return { narrowness: null, sharp: false };
  let least = first;
  for (;;) {
    grey = halved(grey);
    const next = narrownessOf(grey, SMALLER);
    if (next === null) return { narrowness: least, sharp: least >= SHARP_FROM };
    least = Math.min(least, next);
  }
}

/** Narrowness of the edges at one size of the photo; null if too few places have edges. */
function narrownessOf(grey: Planes, { patchPx, leastPlaces, blurryPercent }: Judging): number | null {
  const places: Place[] = [];
  for (let top = 0; top + patchPx <= grey.height; top += patchPx)
    for (let left = 0; left + patchPx <= grey.width; left += patchPx) places.push(placeAt(grey, left, top, patchPx));
  const noise = percentile(
    places.map((place) => place.noise),
    QUIET_PERCENT,
  );
  const widest = places.flatMap(({ powers }) => {
    const ratios = powers.flatMap(({ near, far }) => {
      // Noise has the same share in differences near and far: twice its variance.
      const signal = far - 2 * noise;
      return signal < MIN_POWER ? [] : [Math.sqrt(Math.max(near - 2 * noise, 0) / signal)];
    });
    return ratios.length > 0 ? [Math.min(...ratios)] : [];
  });
  return widest.length < leastPlaces ? null : percentile(widest, blurryPercent);
}

/** Means of two by two pixels; an odd last row or column is left out. */
function halved({ width, height, channels, data }: Planes): Planes {
  const [w, h] = [width >> 1, height >> 1];
  const out = new Float32Array(w * h);
  for (let y = 0, i = 0; y < h; y++)
    for (let x = 0, at = 2 * y * width; x < w; x++, i++, at += 2)
      out[i] = (data[at]! + data[at + 1]! + data[at + width]! + data[at + width + 1]!) / 4;
  return { width: w, height: h, channels, data: out };
}

/**
 * Returns whether a photo is copied unchanged: it is sharp, the model does not enlarge (`scale` 1), and neither a setting
 * nor a mask requests its restoration. A scale that is asked of a model without one is refused by the model's plan, so
 * that the photo is not copied either.
 */
export const isLeft = (
  photo: () => Planes,
  {
    scale,
    askedScale = 1,
    restoreSharp = false,
    mask,
  }: {
    readonly scale: number;
    readonly askedScale?: number | undefined;
    readonly restoreSharp?: boolean | undefined;
    readonly mask?: unknown;
  },
): boolean => scale === 1 && askedScale === 1 && !restoreSharp && mask === undefined && sharpnessOf(photo()).sharp;

const percentile = (values: readonly number[], percent: number): number =>
  values.toSorted((a, b) => a - b)[Math.floor((values.length * percent) / 100)] ?? 0;

/** Right, down and both diagonals: motion blurs edges in one of them more than in others. */
const DIRECTIONS = [
  [1, 0],
  [0, 1],
  [1, 1],
  [1, -1],
] as const;

/** Both ends of each difference lie in the place. Powers and noise in squared levels. */
function placeAt({ width, data }: Planes, left: number, top: number, patchPx: number): Place {
  const square = 127.5 ** 2;
  const powers = DIRECTIONS.map(([dx, dy]) => {
    const step = dy * width + dx;
    let [near, far] = [0, 0];
    for (let y = dy < 0 ? LAG_PX : 0; y < patchPx - (dy > 0 ? LAG_PX : 0); y++)
      for (let x = 0, i = (top + y) * width + left; x < patchPx - dx * LAG_PX; x++, i++) {
        near += (data[i + step]! - data[i]!) ** 2;
        far += (data[i + LAG_PX * step]! - data[i]!) ** 2;
      }
    const count = (patchPx - Math.abs(dy) * LAG_PX) * (patchPx - dx * LAG_PX);
    return { near: (square * near) / count, far: (square * far) / count };
  });
  return { powers, noise: square * noiseVariance(data, width, top * width + left, patchPx) };
}

/** Immerkaer 1996: the mean absolute value of a mask that sees neither ramps nor edges along its axes. */
function noiseVariance(data: Float32Array, width: number, start: number, patchPx: number): number {
  let sum = 0;
  for (let y = 1; y + 1 < patchPx; y++)
    for (let x = 1, i = start + y * width + 1; x + 1 < patchPx; x++, i++) {
      const [up, down] = [i - width, i + width];
      const corners = data[up - 1]! + data[up + 1]! + data[down - 1]! + data[down + 1]!;
      sum += Math.abs(corners - 2 * (data[up]! + data[down]! + data[i - 1]! + data[i + 1]!) + 4 * data[i]!);
    }
  return (Math.PI / 2) * (sum / (6 * (patchPx - 2) ** 2)) ** 2;
}
