/**
 * @file Whether a photo is sharp, from itself alone: how narrow its edges are, in the direction in which they are widest. Errs towards
 * blurry: a sharp photo restored in vain costs little, a blurry one left alone was asked for in vain. Rates, measured: docs/decisions/0021.
 */
import type { Planes } from "../images/image.js";
import { greyPlanes } from "../images/pixels.js";

export interface Sharpness {
  /**
   * Differences of neighbours over differences at a distance of 4 px, root mean squares without their noise. Of edges as wide as 1, 2, 3, 5
   * and 9 px: 0.5, 0.378, 0.327, 0.289, 0.269; wider ones tend to 0.25. Null where there is too little to tell.
   */
  readonly narrowness: number | null;
  readonly sharp: boolean;
}

/** Between edges of 2 and of 3 px. */
export const SHARP_FROM = 0.35;
/** So many of 100 places may be less narrow: a background out of focus is many places, a moving hand may be few. */
const BLURRY_PERCENT = 10;

const PATCH_PX = 96;
const LAG_PX = 4;
/** Places with less are even: mean square of differences at the lag, in levels of 255, beyond noise. */
const LEAST_POWER = 30;
const LEAST_PLACES = 4;
/** Noise is that of the quietest places. */
const QUIET_PERCENT = 10;

interface Place {
  readonly noise: number;
  /** In each direction. */
  readonly powers: readonly { readonly near: number; readonly far: number }[];
}

/** Of a photo [C, H, W], "signed"; the mean of its channels is looked at. One pass over the pixels. */
export function sharpnessOf(photo: Planes): Sharpness {
  const grey = greyPlanes(photo);
  const places: Place[] = [];
  for (let top = 0; top + PATCH_PX <= grey.height; top += PATCH_PX)
    for (let left = 0; left + PATCH_PX <= grey.width; left += PATCH_PX) places.push(placeAt(grey, left, top));
  const noise = percentile(
    places.map((place) => place.noise),
    QUIET_PERCENT,
  );
  const widest = places.flatMap(({ powers }) => {
    const ratios = powers.flatMap(({ near, far }) => {
      // Noise has the same share in differences near and far: twice its variance.
      const signal = far - 2 * noise;
      return signal < LEAST_POWER ? [] : [Math.sqrt(Math.max(near - 2 * noise, 0) / signal)];
    });
    return ratios.length > 0 ? [Math.min(...ratios)] : [];
  });
  if (widest.length < LEAST_PLACES) return { narrowness: null, sharp: false };
  const narrowness = percentile(widest, BLURRY_PERCENT);
  return { narrowness, sharp: narrowness >= SHARP_FROM };
}

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
function placeAt({ width, data }: Planes, left: number, top: number): Place {
  const square = 127.5 ** 2;
  const powers = DIRECTIONS.map(([dx, dy]) => {
    const step = dy * width + dx;
    let [near, far] = [0, 0];
    for (let y = dy < 0 ? LAG_PX : 0; y < PATCH_PX - (dy > 0 ? LAG_PX : 0); y++)
      for (let x = 0, i = (top + y) * width + left; x < PATCH_PX - dx * LAG_PX; x++, i++) {
        near += (data[i + step]! - data[i]!) ** 2;
        far += (data[i + LAG_PX * step]! - data[i]!) ** 2;
      }
    const count = (PATCH_PX - Math.abs(dy) * LAG_PX) * (PATCH_PX - dx * LAG_PX);
    return { near: (square * near) / count, far: (square * far) / count };
  });
  return { powers, noise: square * noiseVariance(data, width, top * width + left) };
}

/** Immerkaer 1996: the mean absolute value of a mask that sees neither ramps nor edges along its axes. */
function noiseVariance(data: Float32Array, width: number, start: number): number {
  let sum = 0;
  for (let y = 1; y + 1 < PATCH_PX; y++)
    for (let x = 1, i = start + y * width + 1; x + 1 < PATCH_PX; x++, i++) {
      const [up, down] = [i - width, i + width];
      const corners = data[up - 1]! + data[up + 1]! + data[down - 1]! + data[down + 1]!;
      sum += Math.abs(corners - 2 * (data[up]! + data[down]! + data[i - 1]! + data[i + 1]!) + 4 * data[i]!);
    }
  return (Math.PI / 2) * (sum / (6 * (PATCH_PX - 2) ** 2)) ** 2;
}
