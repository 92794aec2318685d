/**
 * @file Pictures as metrics take them: planar float64 in 8-bit levels, 0 (black) to 255 (white). A restored picture is
 * first clamped and rounded to whole levels, as saving does: fractional levels would score better than any file can.
 */
import { shapeError } from "../../base/errors.js";
import { type BoundaryMode, boundaryIndices } from "../../images/boundary.js";
import type { Planes, Raster } from "../../images/image.js";
import { byteRaster, checkImage, hasAlpha, isGrey, rasterFromPlanes } from "../../images/pixels.js";

export interface Levels {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  /** [channels, height, width], 0 .. 255. */
  readonly data: Float64Array;
}

/** A raster without alpha: [1 or 3, H, W]; 16 bits are rounded to 8. */
export function levelsFromRaster(raster: Raster): Levels {
  checkImage(raster, "levelsFromRaster");
  const { width, height, data } = byteRaster(raster);
  const channels = isGrey(raster) ? 1 : 3;
  const stride = channels + (hasAlpha(raster) ? 1 : 0);
  const size = width * height;
  const out = new Float64Array(channels * size);
  for (let channel = 0; channel < channels; channel++)
    for (let i = 0, at = channel; i < size; i++, at += stride) out[channel * size + i] = data[at]!;
  return { width, height, channels, data: out };
}

/** Planes in [-1, 1], clamped and rounded to whole levels. */
export const levelsFromPlanes = (planes: Planes): Levels => levelsFromRaster(rasterFromPlanes(planes));

/** View of one channel of [C, H, W]. */
export const channelOf = ({ width, height, data }: Levels, channel: number): Float64Array =>
  data.subarray(channel * width * height, (channel + 1) * width * height);

/** Throws `shape` unless both have the same size. */
export function checkSameSize(where: string, restored: Levels, truth: Levels): void {
  const [a, b] = [restored, truth].map(({ channels, height, width }) => [channels, height, width]);
  if (String(a) !== String(b)) throw shapeError(where, `two pictures of one size, [${b!.join(", ")}] as the truth`, a!);
}

/** Picks rows and columns by index; -1 means black. */
function gather({ width, height, channels, data }: Levels, rows: Int32Array, columns: Int32Array): Levels {
  const out = new Float64Array(channels * rows.length * columns.length);
  let to = 0;
  for (let channel = 0; channel < channels; channel++)
    for (const row of rows) {
      const from = (channel * height + row) * width;
      for (const column of columns) out[to++] = row < 0 || column < 0 ? 0 : data[from + column]!;
    }
  return { width: columns.length, height: rows.length, channels, data: out };
}

/** Pads each side by `margin` pixels. */
export const padLevels = (levels: Levels, margin: number, mode: BoundaryMode): Levels =>
  gather(
    levels,
    boundaryIndices(mode, levels.height, margin, margin),
    boundaryIndices(mode, levels.width, margin, margin),
  );

/** Crops `margin` pixels from each side, as papers on super-resolution do. Throws `shape` if nothing would be left. */
export function cropBorder(levels: Levels, margin: number): Levels {
  const inside = (size: number) => Int32Array.from({ length: Math.max(0, size - 2 * margin) }, (_, i) => i + margin);
  const [rows, columns] = [inside(levels.height), inside(levels.width)];
  if (rows.length === 0 || columns.length === 0)
    throw shapeError("cropBorder", `more than ${2 * margin} pixels each way`, `${levels.width}x${levels.height}`);
  return gather(levels, rows, columns);
}
