import { expect, test } from "vitest";
import { rasterFromRgba, rgbaFromRaster } from "./rgba-pixels.js";

test.each([
  ["grey", 1, [7, 7, 7, 255, 9, 9, 9, 255]],
  ["grey with alpha", 2, [7, 7, 7, 255, 9, 9, 9, 80]],
  ["RGB", 3, [7, 8, 7, 255, 9, 9, 9, 255]],
  ["RGB with alpha", 4, [7, 8, 7, 0, 9, 9, 9, 255]],
] as const)("%s has %d channels, and is the same pixels on a canvas again", (_, channels, rgba) => {
  const raster = rasterFromRgba(2, 1, Uint8ClampedArray.from(rgba));
  expect(raster).toMatchObject({ width: 2, height: 1, channels });
  expect(raster.data.length).toBe(2 * channels);
  expect([...rgbaFromRaster(raster)]).toEqual([...rgba]);
});
