/** @file Amount of fine detail relative to the truth: less means blur, more means noise or invented detail. */
import { channelOf, checkSameSize, type Levels } from "./levels.js";
import { filterValid, gaussianTaps } from "./window.js";

/** Low-pass that halves an amplitude at sqrt(ln 2 / 2) / pi = 0.187 cycles per pixel. */
const TAPS = gaussianTaps(7, 1);

/** Mean square of what a Gaussian of sigma 1 px removes, over all channels, where the window fits. */
function finePower(picture: Levels): number {
  const { width, height, channels } = picture;
  const margin = (TAPS.length - 1) / 2;
  let [sum, count] = [0, 0];
  for (let channel = 0; channel < channels; channel++) {
    const plane = channelOf(picture, channel);
    const smooth = filterValid(plane, width, height, TAPS);
    const across = width - 2 * margin;
    for (let i = 0; i < smooth.length; i++) {
      const at = (Math.floor(i / across) + margin) * width + (i % across) + margin;
      sum += (plane[at]! - smooth[i]!) ** 2;
    }
    count += smooth.length;
  }
  return sum / count;
}

/** Power of the restored picture divided by the truth's; 1 is right. NaN or Infinity if the truth is flat. */
export function highFrequencyRatio(restored: Levels, truth: Levels): number {
  checkSameSize("highFrequencyRatio", restored, truth);
  return finePower(restored) / finePower(truth);
}
