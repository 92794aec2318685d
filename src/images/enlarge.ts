/**
 * @file A picture several times larger, by bicubic interpolation: what a photo looks like at the size of its enlarged
 * restoration.
 */
import type { Planes, Raster } from "./image.js";
import { imresizePlanes } from "./imresize.js";
import { depthOf, greyPlanes, hasAlpha, isGrey, planesFromRaster, rasterFromPlanes } from "./pixels.js";

/** The values that a picture's size may be multiplied by. */
export const ENLARGEMENTS = [2, 3, 4, 8] as const;

/** [C, H, W] -> [C, scale H, scale W]; the same object at scale 1. Values may overshoot the range slightly. */
export const enlargedPlanes = (planes: Planes, scale: number): Planes =>
  scale === 1 ? planes : imresizePlanes(planes, scale);

/** -> [scale H, scale W], with the depth and the channels of the raster; the same object at scale 1. */
export function enlargedRaster(raster: Raster, scale: number): Raster {
  if (scale === 1) return raster;
  const colours = enlargedPlanes(planesFromRaster(raster), scale);
  const depth = depthOf(raster);
  const opaque = rasterFromPlanes(isGrey(raster) ? greyPlanes(colours) : colours, { depth });
  if (!hasAlpha(raster)) return opaque;
  const { channels } = raster;
  const alpha = rasterFromPlanes(enlargedPlanes(alphaOf(raster), scale), { depth, range: "unit" });
  const data =
    depth === 8 ? new Uint8Array(channels * alpha.data.length) : new Uint16Array(channels * alpha.data.length);
  for (let i = 0, from = 0, to = 0; i < alpha.data.length; i++) {
    for (let c = 1; c < channels; c++) data[to++] = opaque.data[from++]!;
    data[to++] = alpha.data[i]!;
  }
  return { width: opaque.width, height: opaque.height, channels, data };
}

/** The last channel, [1, H, W] in "unit". */
function alphaOf(raster: Raster): Planes {
  const { width, height, channels, data } = raster;
  const white = depthOf(raster) === 8 ? 255 : 65535;
  return {
    ...{ width, height, channels: 1 },
    data: Float32Array.from({ length: width * height }, (_, i) => data[i * channels + channels - 1]! / white),
  };
}
