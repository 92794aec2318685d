/** @file Conversion between `Raster` and `Planes`, the only code that knows bytes, words, interleaving and ranges. */
import { argumentError, shapeError } from "../base/errors.js";
import type { Planes, Raster } from "./image.js";

/** "signed": [-1, 1] from black to white; "unit": [0, 1]. */
export type PixelRange = "signed" | "unit";
/** Bits per channel of a raster. */
export type Depth = 8 | 16;

const SCALE = { signed: { white: 2, black: -1 }, unit: { white: 1, black: 0 } } as const satisfies Record<
  PixelRange,
  { white: number; black: number }
>;

export const depthOf = (raster: Raster): Depth => (raster.data instanceof Uint16Array ? 16 : 8);
export const hasAlpha = (raster: Raster): boolean => raster.channels === 2 || raster.channels === 4;
export const isGrey = (raster: Raster): boolean => raster.channels <= 2;

/** Throws unless sizes are positive integers and the data's length is their product. */
export function checkImage(image: Raster | Planes, where: string): void {
  const { width, height, channels, data } = image;
  const whole = [width, height, channels].every((size) => Number.isInteger(size) && size > 0);
  if (!whole || data.length !== width * height * channels)
    throw shapeError(where, `${width} x ${height} x ${channels} values`, `${data.length} values`);
}

/** -> [3, H, W] in `range`. Grey is repeated in the three channels; alpha is dropped (`rasterLike` restores it). */
export function planesFromRaster(raster: Raster, range: PixelRange = "signed"): Planes {
  checkImage(raster, "planesFromRaster");
  const { width, height, channels, data } = raster;
  const size = width * height;
  const out = new Float32Array(3 * size);
  const { white, black } = SCALE[range];
  const step = white / (depthOf(raster) === 8 ? 255 : 65535);
  const [green, blue] = isGrey(raster) ? [0, 0] : [1, 2];
  for (let i = 0, at = 0; i < size; i++, at += channels) {
    out[i] = data[at]! * step + black;
    out[size + i] = data[at + green]! * step + black;
    out[2 * size + i] = data[at + blue]! * step + black;
  }
  return { width, height, channels: 3, data: out };
}

/**
 * [1 or 3, H, W] in `range` -> grey or RGB integers. Values beyond black and white are clamped, then rounded to the
 * nearest integer, halves upwards. NaN becomes black.
 */
export function rasterFromPlanes(
  planes: Planes,
  { depth = 8, range = "signed" }: { readonly depth?: Depth; readonly range?: PixelRange } = {},
): Raster {
  checkImage(planes, "rasterFromPlanes");
  const { width, height, channels, data } = planes;
  if (channels !== 1 && channels !== 3)
    throw shapeError("rasterFromPlanes", "[1 or 3, H, W]", [channels, height, width]);
  const size = width * height;
  const out = depth === 8 ? new Uint8Array(channels * size) : new Uint16Array(channels * size);
  const top = depth === 8 ? 255 : 65535;
  const { white, black } = SCALE[range];
  const step = top / white;
  for (let channel = 0; channel < channels; channel++) {
    for (let i = 0, from = channel * size, to = channel; i < size; i++, from++, to += channels) {
      const value = (data[from]! - black) * step + 0.5; // the assignment truncates and converts NaN to 0
      out[to] = Math.min(Math.max(value, 0), top);
    }
  }
  return { width, height, channels, data: out };
}

/**
 * Planes in `range` as a raster like `original`: with its depth, grey if it is grey (the mean of the channels), and
 * with its alpha. For restored photographs. Throws if the size differs.
 */
export function rasterLike(planes: Planes, original: Raster, range: PixelRange = "signed"): Raster {
  const { width, height, channels } = original;
  if (planes.width !== width || planes.height !== height)
    throw shapeError("rasterLike", `[3, ${height}, ${width}]`, [planes.channels, planes.height, planes.width]);
  const depth = depthOf(original);
  const colour = rasterFromPlanes(isGrey(original) ? greyPlanes(planes) : planes, { depth, range });
  const colours = isGrey(original) ? 1 : 3;
  if (colour.channels !== colours)
    throw shapeError("rasterLike", `[${colours}, ${height}, ${width}]`, [planes.channels, planes.height, planes.width]);
  if (!hasAlpha(original)) return colour;
  const out = original.data.slice(); // already contains alpha
  for (let i = 0, from = 0, to = 0; i < width * height; i++, to += channels)
    for (let channel = 0; channel < colours; channel++) out[to + channel] = colour.data[from++]!;
  return { width, height, channels, data: out };
}

/** [C, H, W] -> [1, H, W]: mean of the channels, which exactly undoes the repetition of a grey picture. */
export function greyPlanes({ width, height, channels, data }: Planes): Planes {
  const size = width * height;
  const out = new Float32Array(size);
  for (let i = 0; i < size; i++) {
    let sum = 0;
    for (let channel = 0; channel < channels; channel++) sum += data[channel * size + i]!;
    out[i] = sum / channels;
  }
  return { width, height, channels: 1, data: out };
}

/** The picture in another range, not clamped, in a new array or in `out`, which may be the planes' own data. */
function planesInRange(
  planes: Planes,
  from: PixelRange,
  to: PixelRange,
  out: Float32Array = new Float32Array(planes.data.length),
): Planes {
  const scale = SCALE[to].white / SCALE[from].white;
  const shift = SCALE[to].black - SCALE[from].black * scale;
  for (let i = 0; i < out.length; i++) out[i] = planes.data[i]! * scale + shift;
  return { ...planes, data: out };
}

export const unitFromSigned = (planes: Planes, out?: Float32Array): Planes =>
  planesInRange(planes, "signed", "unit", out);
export const signedFromUnit = (planes: Planes, out?: Float32Array): Planes =>
  planesInRange(planes, "unit", "signed", out);

/** Converts 16 bits to 8, rounded to the nearest (65535 / 255 = 257); returns an 8-bit raster unchanged. */
export function byteRaster(raster: Raster): Raster {
  if (!(raster.data instanceof Uint16Array)) return raster;
  if (raster.data.length === 0) throw argumentError("byteRaster", "the raster must hold pixels", raster.data.length);
  return { ...raster, data: Uint8Array.from(raster.data, (value) => (value + 128) / 257) };
}

/** Clips "signed" values to [-1, 1], in place; NaN stays. */
export function clipSigned(values: Float32Array): Float32Array {
  for (let i = 0; i < values.length; i++) values[i] = Math.max(-1, Math.min(1, values[i]!));
  return values;
}
