import { describe, expect, test } from "vitest";
import { Rng } from "../base/random.js";
import type { Raster } from "../images/image.js";
import { summariseSamples, UNCERTAINTY_WHITE_LEVELS, uncertaintyPicture } from "./sample-summary.js";

const raster = (values: readonly number[], channels: 1 | 3 | 4 = 1, width = values.length / channels): Raster => ({
  ...{ width, height: 1, channels },
  data: Uint8Array.from(values),
});

test("mean, deviation, the most typical and the most different ones, by hand", () => {
  const summary = summariseSamples([raster([10, 0]), raster([20, 0]), raster([60, 0])]);
  expect([...summary.mean.data]).toEqual([30, 0]);
  expect(summary.deviation[0]! * 255).toBeCloseTo(Math.sqrt((400 + 100 + 900) / 2), 4);
  expect(summary.deviation[1]).toBe(0);
  expect(summary).toMatchObject({ medoid: 1, furthest: [0, 2] });
});

test("alpha counts in no deviation; 16 bits are of their own white", () => {
  const two = summariseSamples([raster([10, 20, 30, 200], 4), raster([10, 20, 36, 100], 4)]);
  expect(two.deviation[0]! * 255).toBeCloseTo(Math.sqrt(18 / 3), 4);
  const deep = (value: number): Raster => ({ width: 1, height: 1, channels: 1, data: Uint16Array.of(value) });
  expect(summariseSamples([deep(0), deep(65535)]).deviation[0]).toBeCloseTo(Math.SQRT1_2, 5);
});

describe("many samples of known deviation", () => {
  const [pixels, count] = [400, 64];
  const samples = Array.from({ length: count }, (_, k) =>
    raster(
      Array.from(Rng.fromSeed(k).normals(3 * pixels), (z) => Math.round(128 + 12 * z)),
      3,
      pixels,
    ),
  );
  test("are summarised to within the error of so many", () => {
    const { deviation } = summariseSamples(samples);
    const levels = 255 * Math.sqrt(deviation.reduce((sum, value) => sum + value * value, 0) / pixels);
    expect(Math.abs(levels / Math.hypot(12, Math.sqrt(1 / 12)) - 1)).toBeLessThan(0.01);
  });
  test("and drawn so that white is a number of levels", () => {
    const levels = Float32Array.of(0, UNCERTAINTY_WHITE_LEVELS / 510, UNCERTAINTY_WHITE_LEVELS / 255, 1);
    expect([...uncertaintyPicture(levels, 4, 1).data]).toEqual([0, 128, 255, 255]);
  });
});

test("one sample is none to compare", () => expect(() => summariseSamples([raster([1])])).toThrow(/two samples/));
