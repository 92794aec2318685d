/** @file Between the pixels of canvases and of some decoders, which are always RGBA bytes, and the photo's own kind. */
import type { Raster } from "./image.js";
import { byteRaster, hasAlpha, isGrey } from "./pixels.js";

/**
 * Converts RGBA to grey if all pixels are grey, and drops alpha if all are opaque: a grey photo is restored as one.
 * `data`: [height * width * 4].
 */
export function rasterFromRgba(width: number, height: number, data: Uint8ClampedArray): Raster {
  let [grey, opaque] = [true, true];
  for (let i = 0; i < data.length; i += 4) {
    grey &&= data[i] === data[i + 1] && data[i] === data[i + 2];
    opaque &&= data[i + 3] === 255;
  }
  const kept = [...(grey ? [0] : [0, 1, 2]), ...(opaque ? [] : [3])];
  const out = new Uint8Array(width * height * kept.length);
  for (let i = 0, to = 0; i < data.length; i += 4) for (const channel of kept) out[to++] = data[i + channel]!;
  return { width, height, channels: kept.length as Raster["channels"], data: out };
}

/** [height * width * 4], whatever the raster's depth and channels. */
export function rgbaFromRaster(raster: Raster): Uint8ClampedArray<ArrayBuffer> {
  const { width, height, channels, data } = byteRaster(raster);
  const out = new Uint8ClampedArray(4 * width * height);
  const [green, blue] = isGrey(raster) ? [0, 0] : [1, 2];
  const alpha = hasAlpha(raster) ? channels - 1 : null;
  for (let i = 0, at = 0; i < out.length; i += 4, at += channels) {
    out[i] = data[at]!;
    out[i + 1] = data[at + green]!;
    out[i + 2] = data[at + blue]!;
    out[i + 3] = alpha === null ? 255 : data[at + alpha]!;
  }
  return out;
}
