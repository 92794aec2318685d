/** @file Crops, padding and the eight symmetries of a picture. Every function returns new pixels. */
import { argumentError, shapeError } from "../base/errors.js";
import { type BoundaryMode, boundaryIndices } from "./boundary.js";
import type { Planes, Raster } from "./image.js";

/** A part of a picture in pixels; `left` and `top` count from the upper left corner. */
export interface Rect {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** Pixels to add at each side. */
export interface Margins {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

function checkInside(where: string, image: { width: number; height: number }, rect: Rect): void {
  const { left, top, width, height } = rect;
  const whole = [left, top, width, height].every(Number.isInteger);
  if (!whole || left < 0 || top < 0 || width < 1 || height < 1)
    throw argumentError(where, "a rectangle of whole pixels with a positive size", `${left},${top} ${width}x${height}`);
  if (left + width > image.width || top + height > image.height)
    throw argumentError(
      where,
      `a rectangle inside ${image.width}x${image.height}`,
      `${left},${top} ${width}x${height}`,
    );
}

/** [C, H, W] -> [C, rect.height, rect.width]. Throws if the rectangle leaves the picture. */
export function crop(planes: Planes, rect: Rect): Planes {
  checkInside("crop", planes, rect);
  const { left, top, width, height } = rect;
  const out = new Float32Array(planes.channels * width * height);
  for (let channel = 0, to = 0; channel < planes.channels; channel++)
    for (let y = 0; y < height; y++, to += width) {
      const from = (channel * planes.height + top + y) * planes.width + left;
      out.set(planes.data.subarray(from, from + width), to);
    }
  return { width, height, channels: planes.channels, data: out };
}

/** The same for interleaved pixels, which is cheaper than converting a whole photo for one patch. */
export function cropRaster(raster: Raster, rect: Rect): Raster {
  checkInside("cropRaster", raster, rect);
  const { left, top, width, height } = rect;
  const row = width * raster.channels;
  const out = raster.data instanceof Uint8Array ? new Uint8Array(height * row) : new Uint16Array(height * row);
  for (let y = 0; y < height; y++) {
    const from = ((top + y) * raster.width + left) * raster.channels;
    out.set(raster.data.subarray(from, from + row), y * row);
  }
  return { width, height, channels: raster.channels, data: out };
}

/** [C, H, W] -> [C, top + H + bottom, left + W + right]. Margins may be larger than the picture. */
export function pad(planes: Planes, margins: Margins, mode: BoundaryMode): Planes {
  const { left, top, right, bottom } = margins;
  const columns = boundaryIndices(mode, planes.width, left, right);
  const rows = boundaryIndices(mode, planes.height, top, bottom);
  const [width, height] = [columns.length, rows.length];
  const out = new Float32Array(planes.channels * width * height);
  for (let channel = 0, to = 0; channel < planes.channels; channel++)
    for (const row of rows) {
      if (row < 0) {
        to += width;
        continue;
      }
      const from = (channel * planes.height + row) * planes.width;
      for (const column of columns) out[to++] = column < 0 ? 0 : planes.data[from + column]!;
    }
  return { width, height, channels: planes.channels, data: out };
}

/** Pads the right and bottom side up to a size; `crop` at 0, 0 undoes it. Throws if the picture is larger. */
export function padToSize(planes: Planes, width: number, height: number, mode: BoundaryMode): Planes {
  if (width < planes.width || height < planes.height)
    throw shapeError("padToSize", `at most [C, ${height}, ${width}]`, [planes.channels, planes.height, planes.width]);
  return pad(planes, { left: 0, top: 0, right: width - planes.width, bottom: height - planes.height }, mode);
}

/** Mirrors left to right. */
export function flipHorizontal(planes: Planes): Planes {
  const out = planes.data.slice();
  for (let start = 0; start < out.length; start += planes.width) out.subarray(start, start + planes.width).reverse();
  return { ...planes, data: out };
}

/** Mirrors top to bottom. */
export function flipVertical(planes: Planes): Planes {
  const { width, height, channels, data } = planes;
  const out = new Float32Array(data.length);
  for (let channel = 0; channel < channels; channel++)
    for (let y = 0; y < height; y++) {
      const from = (channel * height + y) * width;
      out.set(data.subarray(from, from + width), (channel * height + height - 1 - y) * width);
    }
  return { ...planes, data: out };
}

/** [C, H, W] -> [C, W, H]: mirrors at the diagonal. Together with the two flips it gives all eight symmetries. */
export function transpose(planes: Planes): Planes {
  const { width, height, channels, data } = planes;
  const out = new Float32Array(data.length);
  for (let channel = 0, from = 0; channel < channels; channel++)
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++) out[(channel * width + x) * height + y] = data[from++]!;
  return { width: height, height: width, channels, data: out };
}
