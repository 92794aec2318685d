/** @file Keeps flat areas of the photo: blur does not change a flat surface, so there is nothing to restore. */
import type { Planes } from "../images/image.js";
import { runningMean } from "../images/running-mean.js";
import { checkSize } from "./keep-tone.js";

/** Radius of the window: 17 px a side are large enough for noise to show and too small to include distant edges. */
const REACH_PX = 8;
/** Standard deviations in 8-bit levels: up to the first the photo is kept, from the second on the restoration. */
const [FLAT_LEVELS, TEXTURED_LEVELS] = [0.5, 1];
/** "signed" planes span 2. */
const LEVEL = 2 / 255;

/**
 * Replaces `restored`, in place, by the photo wherever the photo's standard deviation over 17 px is at most half an
 * 8-bit level in every channel, with a linear transition up to one level. Networks draw faint patterns there, most of
 * all near black and white. Takes [C, H, W] "signed" twice, of one size; throws `shape` otherwise. Memory: three planes
 * of one channel.
 */
export function keepFlat(restored: Planes, photo: Planes): void {
  checkSize("keepFlat", restored, photo);
  const { width, height, channels } = photo;
  const size = width * height;
  const share = new Float32Array(size);
  const mean = new Float32Array(size);
  const square = new Float32Array(size);
  for (let channel = 0; channel < channels; channel++) {
    const data = photo.data.subarray(channel * size, (channel + 1) * size);
    // Around the plane's own first value, so that the squares of a flat plane keep their digits.
    const origin = data[0]!;
    for (let i = 0; i < size; i++) {
      mean[i] = data[i]! - origin;
      square[i] = mean[i]! ** 2;
    }
    runningMean({ width, height, data: mean }, REACH_PX);
    runningMean({ width, height, data: square }, REACH_PX);
    for (let i = 0; i < size; i++) {
      const deviation = Math.sqrt(Math.max(0, square[i]! - mean[i]! ** 2)) / LEVEL;
      share[i] = Math.max(share[i]!, (deviation - FLAT_LEVELS) / (TEXTURED_LEVELS - FLAT_LEVELS));
    }
  }
  for (let channel = 0, at = 0; channel < channels; channel++)
    for (let i = 0; i < size; i++, at++)
      if (share[i]! < 1) restored.data[at] = photo.data[at]! + share[i]! * (restored.data[at]! - photo.data[at]!);
}
