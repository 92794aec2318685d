/** @file Pixels that a caller gives: a raster, or a canvas's ImageData. */
import { argumentError } from "../base/errors.js";
import type { Raster } from "../images/image.js";
import { checkImage } from "../images/pixels.js";
import { rasterFromRgba } from "../images/rgba-pixels.js";

/** The pixels of a canvas: RGBA bytes, row by row. The browser's `ImageData` is one. */
export interface CanvasPixels {
  readonly width: number;
  readonly height: number;
  /** [height * width * 4] */
  readonly data: Uint8ClampedArray;
}

/** The raster of pixels that were given. Throws `argument` for anything else, and `shape` for data of another length. */
export function givenRaster(given: unknown, expected: string): Raster {
  const { width, height, data } = (given ?? {}) as Partial<Raster>;
  if (width === undefined || height === undefined || data === undefined)
    throw argumentError("restore", `expected ${expected}`, given === null ? null : typeof given);
  if ((data as unknown) instanceof Uint8ClampedArray) {
    checkImage({ width, height, channels: 4, data } as unknown as Raster, "restore");
    return rasterFromRgba(width, height, data as unknown as Uint8ClampedArray);
  }
  checkImage(given as Raster, "restore");
  return given as Raster;
}
