/** @file Gives a restoration the brightness and colours of the photo. */
import { shapeError } from "../base/errors.js";
import type { Planes } from "../images/image.js";
import { runningMean } from "../images/running-mean.js";

/**
 * Reach of each of three running means; together they are nearly a Gaussian of 64 px standard deviation. A blur of 30
 * px, about the largest that is restored, moves light by 15 px at most. What the low pass keeps is therefore the same
 * in the photo and in the sharp scene, except around the largest lights.
 */
const TONE_REACH_PX = 64;
const PASSES = 3;

/**
 * Adds G * (photo - restored) to `restored`, in place, where G is a low pass of `reachPx`: frequencies below it become
 * the photo's, those above stay the restoration's. G covers the whole picture, so there are no seams; values may leave
 * the range slightly. [C, H, W] twice, of one size; throws `shape` otherwise. Memory: two planes of one channel.
 */
export function keepTone(restored: Planes, photo: Planes, reachPx = TONE_REACH_PX): void {
  checkSize("keepTone", restored, photo);
  const { width, height, channels } = photo;
  const shift = new Float32Array(width * height);
  for (let channel = 0; channel < channels; channel++) {
    const data = restored.data.subarray(channel * shift.length, (channel + 1) * shift.length);
    const start = channel * shift.length;
    for (let i = 0; i < shift.length; i++) shift[i] = photo.data[start + i]! - data[i]!;
    for (let pass = 0; pass < PASSES; pass++) runningMean({ width, height, data: shift }, reachPx);
    for (let i = 0; i < shift.length; i++) data[i]! += shift[i]!;
  }
}

/** Throws `shape` unless the restoration has the photo's size. `where` names the caller in the error. */
export function checkSize(where: string, restored: Planes, photo: Planes): void {
  const { width, height, channels } = photo;
  if (restored.width !== width || restored.height !== height || restored.channels !== channels)
    throw shapeError(where, `[${channels}, ${height}, ${width}]`, [restored.channels, restored.height, restored.width]);
}
