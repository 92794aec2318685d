import { expect, test } from "vitest";
import { Rng } from "../base/random.js";
import type { Planes, Raster } from "./image.js";
import {
  byteRaster,
  depthOf,
  planesFromRaster,
  rasterFromPlanes,
  rasterLike,
  signedFromUnit,
  unitFromSigned,
} from "./pixels.js";

const KINDS = [1, 2, 3, 4] as const;
const random = (channels: (typeof KINDS)[number], depth: 8 | 16, width = 13, height = 7): Raster => {
  const top = depth === 8 ? 256 : 65536;
  const values = Array.from(Rng.fromSeed(channels).uniforms(width * height * channels), (u) => Math.floor(u * top));
  return { width, height, channels, data: depth === 8 ? Uint8Array.from(values) : Uint16Array.from(values) };
};

test.each([8, 16] as const)("every value of %i bits goes to planes and back unchanged, in both ranges", (depth) => {
  const top = depth === 8 ? 256 : 65536;
  const values = Array.from({ length: top }, (_, i) => i);
  const data = depth === 8 ? Uint8Array.from(values) : Uint16Array.from(values);
  const raster: Raster = { width: top, height: 1, channels: 1, data };
  for (const range of ["signed", "unit"] as const) {
    const planes = planesFromRaster(raster, range);
    expect(rasterLike(planes, raster, range)).toEqual(raster);
    expect([planes.data[0], planes.data[top - 1]]).toEqual([range === "signed" ? -1 : 0, 1]);
  }
});

test("channels become planes: pixel by pixel", () => {
  for (const channels of KINDS) {
    const raster = random(channels, 8);
    const planes = planesFromRaster(raster, "unit");
    expect([planes.channels, planes.height, planes.width]).toEqual([3, 7, 13]);
    for (const [x, y, c] of [
      [0, 0, 0],
      [12, 6, 2],
      [5, 3, 1],
    ] as const) {
      const expected = raster.data[(y * 13 + x) * channels + (channels <= 2 ? 0 : c)]! / 255;
      expect(planes.data[(c * 7 + y) * 13 + x]).toBeCloseTo(expected, 6);
    }
  }
});

test("a raster of the same kind comes back with its alpha, depth and greyness", () => {
  for (const channels of KINDS)
    for (const depth of [8, 16] as const) {
      const raster = random(channels, depth);
      expect(rasterLike(planesFromRaster(raster), raster)).toEqual(raster);
      const other = rasterLike(planesFromRaster(random(3, 8)), raster);
      expect([other.channels, depthOf(other)]).toEqual([channels, depth]);
      if (channels % 2 === 0)
        for (let i = channels - 1; i < raster.data.length; i += channels) expect(other.data[i]).toBe(raster.data[i]);
    }
  expect(() => rasterLike(planesFromRaster(random(3, 8)), random(3, 8, 5, 5))).toThrow(/expected \[3, 5, 5\]/);
});

test("rounding is to the nearest, a half up; beyond white and black is clamped; NaN is black", () => {
  const values = [-0.2, 0, 0.49 / 255, 0.5 / 255, 1.4999 / 255, 1.5 / 255, 0.71, 1, 1.3, Infinity, -Infinity, NaN];
  const planes: Planes = { channels: 1, height: 1, width: values.length, data: Float32Array.from(values) };
  // 0.5 / 255 in float32 lies a hair over one half.
  const expected = [0, 0, 0, 1, 1, 2, 181, 255, 255, 255, 0, 0];
  expect([...rasterFromPlanes(planes, { range: "unit" }).data]).toEqual(expected);
  expect([...rasterFromPlanes(signedFromUnit(planes)).data].slice(6)).toEqual(expected.slice(6));
  expect([...rasterFromPlanes(planes, { range: "unit", depth: 16 }).data].slice(6)).toEqual([
    46530, 65535, 65535, 65535, 0, 0,
  ]);
});

test("signed and unit are two names for the same picture", () => {
  const planes = planesFromRaster(random(3, 8), "unit");
  const signed = planesFromRaster(random(3, 8), "signed");
  const worst = (a: Planes, b: Planes) =>
    a.data.reduce((most, value, i) => Math.max(most, Math.abs(value - b.data[i]!)), 0);
  expect(worst(signedFromUnit(planes), signed)).toBeLessThan(2e-7);
  expect(worst(unitFromSigned(signed), planes)).toBeLessThan(2e-7);
});

test("16 bits to 8: the nearest of 257 steps, and 8 bits repeated come back", () => {
  const data = Uint16Array.of(0, 128, 129, 257, 65535, 65535 - 129, 65535 - 128);
  expect([...byteRaster({ width: 7, height: 1, channels: 1, data }).data]).toEqual([0, 0, 1, 1, 255, 254, 255]);
});

test("sizes that do not fit the data are refused", () => {
  expect(() => planesFromRaster({ width: 3, height: 2, channels: 3, data: new Uint8Array(17) })).toThrow(
    /18|17 values/,
  );
  const two: Planes = { width: 1, height: 1, channels: 2, data: new Float32Array(2) };
  expect(() => rasterFromPlanes(two)).toThrow(/expected \[1 or 3, H, W\], got \[2, 1, 1\]/);
});
