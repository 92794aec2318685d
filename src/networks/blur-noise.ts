/**
 * @file The noise map that determines a generator's blur, as a published reimplementation of DBGAN draws it
 * (github.com/jkhu29/Deblurring-by-Realistic-Blurring): four channels at half size, enlarged. The paper is said to
 * repeat four numbers over the picture instead. Normalisation over the picture, as that network has it, would remove
 * such a map, and one photo would have one blur.
 */
import type { Rng } from "../base/random.js";

/** Channels of the noise map beside the sharp photo's three. */
export const NOISE_CHANNELS = 4;

interface Taps {
  readonly low: number;
  readonly high: number;
  /** Share of `high`, in [0, 1). */
  readonly share: number;
}

/** Where each of `length` places lies between `fewer` samples, the first and the last of which lie on the ends. */
const tapsOf = (length: number, fewer: number): readonly Taps[] =>
  Array.from({ length }, (_, i) => {
    const at = length === 1 ? 0 : (i * (fewer - 1)) / (length - 1);
    const low = Math.min(Math.floor(at), fewer - 1);
    return { low, high: Math.min(low + 1, fewer - 1), share: at - low };
  });

/**
 * Noise map of a picture, [NOISE_CHANNELS, height, width]: standard normal numbers at half size, rounded up, enlarged
 * linearly with the corners in place. The map is a function of `rng` and the size.
 */
export function blurNoise(rng: Rng, { width, height }: { readonly width: number; readonly height: number }) {
  const [w, h] = [Math.ceil(width / 2), Math.ceil(height / 2)];
  const [columns, rows] = [tapsOf(width, w), tapsOf(height, h)];
  const map = new Float32Array(NOISE_CHANNELS * width * height);
  let i = 0;
  for (let channel = 0; channel < NOISE_CHANNELS; channel++) {
    const coarse = rng.fork(channel).normals(w * h);
    for (const row of rows) {
      const [above, below] = [row.low * w, row.high * w];
      for (const { low, high, share } of columns) {
        const top = coarse[above + low]! * (1 - share) + coarse[above + high]! * share;
        const bottom = coarse[below + low]! * (1 - share) + coarse[below + high]! * share;
        map[i++] = top * (1 - row.share) + bottom * row.share;
      }
    }
  }
  return map;
}
