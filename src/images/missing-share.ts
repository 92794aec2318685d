import type { Raster } from "./image.js";

/**
 * Share, 0 to 1, of a picture that has one single colour from one of its sides on: decoders fill the missing part of a
 * file that is cut off that way. The side depends on how the picture was turned.
 */
export function missingShare({ width, height, channels, data }: Raster): number {
  const same = (pixel: number, other: number): boolean => {
    for (let c = 0; c < channels; c++) if (data[pixel * channels + c] !== data[other * channels + c]) return false;
    return true;
  };
  /** Lines from a side on, of `length` pixels each, that have the colour of its corner. */
  const lines = (count: number, length: number, pixelOf: (line: number, i: number) => number): number => {
    const corner = pixelOf(0, 0);
    for (let line = 0; line < count; line++)
      for (let i = 0; i < length; i++) if (!same(pixelOf(line, i), corner)) return line / count;
    return 1;
  };
  return Math.max(
    lines(height, width, (y, x) => (height - 1 - y) * width + x),
    lines(height, width, (y, x) => y * width + x),
    lines(width, height, (x, y) => y * width + x),
    lines(width, height, (x, y) => y * width + width - 1 - x),
  );
}
