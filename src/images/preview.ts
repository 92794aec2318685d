/** @file Downsampled previews of large pictures: means of whole blocks of pixels, so that every pixel counts alike. */
import type { Raster } from "./image.js";
import { rasterFromPlanes } from "./pixels.js";

/** Value in [-1, 1] of a picture [C, height, width] by flat index; values outside are clamped after averaging. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  readonly valueAt: (index: number) => number;
}

/** Side in pixels of a block that becomes one pixel, so that neither side of the preview is above `maxPx`. */
export const previewFactor = ({ width, height }: { width: number; height: number }, maxPx: number): number =>
  Math.max(1, Math.ceil(Math.max(width, height) / maxPx));

/** Downsamples by `previewFactor`; blocks at the right and bottom border may be smaller. */
export function preview({ width, height, channels, valueAt }: Pixels, maxPx: number): Raster {
  const factor = previewFactor({ width, height }, maxPx);
  const [w, h] = [Math.ceil(width / factor), Math.ceil(height / factor)];
  const data = new Float32Array(channels * w * h);
  for (let channel = 0, to = 0; channel < channels; channel++)
    for (let y = 0; y < h; y++)
      for (let x = 0; x < w; x++, to++) {
        const [right, bottom] = [Math.min((x + 1) * factor, width), Math.min((y + 1) * factor, height)];
        let [sum, count] = [0, 0];
        for (let row = y * factor; row < bottom; row++)
          for (let column = x * factor; column < right; column++, count++)
            sum += valueAt((channel * height + row) * width + column);
        data[to] = sum / count;
      }
  return rasterFromPlanes({ width: w, height: h, channels, data });
}
