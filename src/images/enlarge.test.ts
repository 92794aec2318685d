import { expect, test } from "vitest";
import { enlargedPlanes, enlargedRaster } from "./enlarge.js";
import type { Planes, Raster } from "./image.js";

/** A plane of 12 x 9 px whose value at (x, y) is `value`. */
const plane = (value: (x: number, y: number) => number): Planes => ({
  ...{ width: 12, height: 9, channels: 1 },
  data: Float32Array.from({ length: 108 }, (_, i) => value(i % 12, Math.floor(i / 12))),
});

test.each([2, 3, 4, 8])("x%i: a quadratic surface stays one, with the centres of pixels aligned", (scale) => {
  // Keys' kernel with a = -1/2 reproduces polynomials up to degree 2 (Keys 1981).
  const surface = (x: number, y: number) => 0.3 - 0.02 * x + 0.01 * x * x + 0.05 * y - 0.004 * y * y;
  const { width, height, data } = enlargedPlanes(plane(surface), scale);
  expect([width, height]).toEqual([12 * scale, 9 * scale]);
  const inner = (length: number, i: number) => (i + 0.5) / scale - 0.5 >= 1 && (i + 0.5) / scale - 0.5 <= length - 2;
  let checked = 0;
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      if (!inner(12, x) || !inner(9, y)) continue;
      const expected = surface((x + 0.5) / scale - 0.5, (y + 0.5) / scale - 0.5);
      expect(Math.abs(data[y * width + x]! - expected)).toBeLessThan(2e-6);
      checked++;
    }
  expect(checked).toBeGreaterThan(width * height * 0.4);
});

test("scale 1 is the picture itself", () => {
  const picture = plane((x) => x / 12);
  expect(enlargedPlanes(picture, 1)).toBe(picture);
});

test.each([
  [1, 255],
  [2, 255],
  [3, 65535],
  [4, 65535],
] as const)("a raster of %i channels up to %i keeps channels, depth and every flat value", (channels, white) => {
  const values = [0.1, 0.5, 0.9, 0.7].slice(0, channels).map((share) => Math.round(share * white));
  const all = Array.from({ length: 20 }, () => values).flat();
  const raster: Raster = {
    ...{ width: 5, height: 4, channels },
    data: white === 255 ? Uint8Array.from(all) : Uint16Array.from(all),
  };
  const larger = enlargedRaster(raster, 3);
  expect([larger.width, larger.height, larger.channels]).toEqual([15, 12, channels]);
  expect(larger.data.constructor).toBe(raster.data.constructor);
  expect([...larger.data]).toEqual(Array.from({ length: 180 }, () => values).flat());
});

test("alpha is enlarged apart from the colours", () => {
  const raster: Raster = {
    ...{ width: 4, height: 1, channels: 2 },
    data: Uint8Array.of(200, 0, 200, 0, 200, 255, 200, 255),
  };
  const { data } = enlargedRaster(raster, 2);
  const [grey, alpha] = [0, 1].map((channel) => [...data].filter((_, i) => i % 2 === channel));
  expect(new Set(grey)).toEqual(new Set([200]));
  expect(alpha!.slice(0, 2)).toEqual([0, 0]);
  expect(alpha!.slice(14)).toEqual([255, 255]);
  expect(alpha).toEqual(alpha!.toReversed().map((value) => 255 - value));
});
