/**
 * @file Residual of a deconvolution: the photo minus the result blurred again. It is small where the estimated blur
 * explains the photo, and so where the result can be trusted. A blur that is too wide or has another direction leaves a
 * large residual; one that is too narrow a small one, because no blur at all explains every photo.
 */
import type { Planes } from "../images/image.js";
import { bandsOf, type PhotoLight } from "./photo-light.js";

/**
 * Photo minus the reblurred picture, both [C, H, W] and "signed", written over the latter; 0 where the photo's light is
 * clipped: light above white is unknown.
 */
export function residualOf(photo: Planes, reblurred: Planes, light: PhotoLight): Planes {
  const { data, width, height, channels } = reblurred;
  for (let i = 0; i < data.length; i++) data[i] = photo.data[i]! - data[i]!;
  if (light.clippedOf)
    for (const band of bandsOf(photo)) {
      const clipped = light.clippedOf(light.of(band)).data;
      const size = width * band.height;
      for (let channel = 0; channel < channels; channel++)
        for (let i = 0, at = (channel * height + band.top) * width; i < size; i++, at++)
          if (clipped[channel * size + i]! > 0) data[at] = 0;
    }
  return reblurred;
}

/**
 * Factor between a residual and a network's input. The noise of an 8-bit photo, 0.002 to 0.03, becomes up to a tenth of
 * the range; a residual of 32 levels of 255 fills it.
 */
const GAIN = 4;

/** A residual as network input, in place: 4 times as large, clipped to [-1, 1]. */
export function residualInput(residual: Planes): Planes {
  const { data } = residual;
  for (let i = 0; i < data.length; i++) data[i] = Math.min(1, Math.max(-1, GAIN * data[i]!));
  return residual;
}
