import { describe, expect, test } from "vitest";
import { BOUNDARY_MODES, boundaryIndices } from "./boundary.js";
import { crop, cropRaster, flipHorizontal, flipVertical, pad, padToSize, transpose } from "./crop.js";
import type { Planes } from "./image.js";
import { planesFromRaster } from "./pixels.js";

/** Each value says where it is: 100 c + 10 y + x. */
const numbered = (channels: number, height: number, width: number): Planes => ({
  channels,
  height,
  width,
  data: Float32Array.from({ length: channels * height * width }, (_, i) => {
    const [x, y] = [i % width, Math.floor(i / width) % height];
    return 100 * Math.floor(i / (width * height)) + 10 * y + x;
  }),
});

test.each([
  ["reflect", [0, 1, 2, 3, 2, 1, 0, 1, 2, 3, 2, 1, 0]],
  ["symmetric", [2, 3, 3, 2, 1, 0, 0, 1, 2, 3, 3, 2, 1]],
  ["replicate", [0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 3, 3, 3]],
  ["circular", [2, 3, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2]],
  ["zero", [-1, -1, -1, -1, -1, -1, 0, 1, 2, 3, -1, -1, -1]],
] as const)("%s continues four pixels as documented, further than they are wide", (mode, expected) => {
  expect([...boundaryIndices(mode, 4, 6, 3)]).toEqual(expected);
});

describe("pad and crop", () => {
  test.each(BOUNDARY_MODES)("%s, and cropped back", (mode) => {
    const planes = numbered(3, 3, 4);
    const padded = pad(planes, { left: 5, top: 1, right: 2, bottom: 7 }, mode);
    expect([padded.channels, padded.height, padded.width]).toEqual([3, 11, 11]);
    expect(crop(padded, { left: 5, top: 1, width: 4, height: 3 })).toEqual(planes);
    const [columns, rows] = [boundaryIndices(mode, 4, 5, 2), boundaryIndices(mode, 3, 1, 7)];
    for (const [x, y] of [
      [0, 0],
      [10, 10],
      [4, 9],
      [7, 2],
    ] as const) {
      const outside = columns[x]! < 0 || rows[y]! < 0;
      expect(padded.data[121 + 11 * y + x]).toBe(outside ? 0 : 100 + 10 * rows[y]! + columns[x]!);
    }
  });

  test("one pixel fills any size", () => {
    const dot: Planes = { channels: 1, height: 1, width: 1, data: Float32Array.of(0.3) };
    for (const mode of ["reflect", "replicate", "symmetric", "circular"] as const)
      expect(new Set(padToSize(dot, 9, 5, mode).data)).toEqual(new Set([Math.fround(0.3)]));
    expect(() => padToSize(numbered(1, 3, 3), 2, 9, "reflect")).toThrow(/at most \[C, 9, 2\]/);
  });

  test("a raster's crop is the planes' crop", () => {
    for (const channels of [1, 2, 3, 4] as const) {
      const data = Uint8Array.from({ length: 5 * 6 * channels }, (_, i) => (i * 7) % 256);
      const raster = { width: 5, height: 6, channels, data };
      const rect = { left: 1, top: 2, width: 3, height: 4 };
      expect(planesFromRaster(cropRaster(raster, rect))).toEqual(crop(planesFromRaster(raster), rect));
    }
  });

  test.each([
    [{ left: -1, top: 0, width: 2, height: 2 }],
    [{ left: 0, top: 0, width: 0, height: 2 }],
    [{ left: 0.5, top: 0, width: 2, height: 2 }],
    [{ left: 2, top: 0, width: 3, height: 2 }],
  ])("outside: %j", (rect) => {
    expect(() => crop(numbered(1, 4, 4), rect)).toThrow(/crop: a rectangle/);
  });
});

test("flips and transposition move each value where it belongs", () => {
  const planes = numbered(2, 3, 4);
  const at = ({ data, width, height }: Planes, c: number, y: number, x: number) => data[(c * height + y) * width + x];
  const turned = { h: flipHorizontal(planes), v: flipVertical(planes), t: transpose(planes) };
  expect([turned.t.height, turned.t.width]).toEqual([4, 3]);
  for (let c = 0; c < 2; c++)
    for (let y = 0; y < 3; y++)
      for (let x = 0; x < 4; x++) {
        const value = 100 * c + 10 * y + x;
        expect(at(turned.h, c, y, 3 - x)).toBe(value);
        expect(at(turned.v, c, 2 - y, x)).toBe(value);
        expect(at(turned.t, c, x, y)).toBe(value);
      }
  expect(planes).toEqual(numbered(2, 3, 4)); // the input is left alone
});
