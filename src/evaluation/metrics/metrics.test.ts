/**
 * @file Metrics against closed forms and sums written out by their definitions. The published programs' values:
 * test/golden.
 */
import { describe, expect, test } from "vitest";
import { naiveSsim } from "../../../test/oracle/similarity.js";
import { Rng } from "../../base/random.js";
import type { Raster } from "../../images/image.js";
import { imresize } from "../../images/imresize.js";
import { METRICS } from "./catalog.js";
import { fitGeneralisedGaussian, gamma } from "./generalised-gaussian.js";
import { type Levels, levelsFromPlanes, levelsFromRaster } from "./levels.js";
import { ssim } from "./ssim.js";

function noise(seed: number, width: number, height: number, channels = 3): Levels {
  const rng = Rng.fromSeed(seed);
  const data = Float64Array.from({ length: channels * width * height }, (_, i) => rng.integer(256, i));
  return { width, height, channels, data };
}
const map = (levels: Levels, change: (value: number, i: number) => number): Levels => ({
  ...levels,
  data: levels.data.map(change),
});

describe("levels", () => {
  test("planes are clamped and rounded, rasters lose alpha and their lower bits", () => {
    const data = Float32Array.from([-1.5, -1, 0, 0.1, 1, 1.5]);
    expect([...levelsFromPlanes({ channels: 1, height: 2, width: 3, data }).data]).toEqual([0, 0, 128, 140, 255, 255]);
    const words = Uint16Array.from([257, 129, 514, 9, 65535, 0]);
    expect([...levelsFromRaster({ width: 3, height: 1, channels: 2, data: words }).data]).toEqual([1, 2, 255]);
  });
  test("two sizes are refused by every metric that compares", () => {
    for (const [name, metric] of Object.entries(METRICS))
      if (name !== "niqe")
        expect(() => metric.compute(noise(1, 176, 180), noise(1, 180, 176))).toThrow(/one size|two pictures/);
  });
});

describe("PSNR", () => {
  test("an error of d levels everywhere is 20 log10(255 / d) dB", () => {
    const truth = map(noise(1, 9, 7), (value) => value / 2);
    for (const d of [1, 5, 100])
      expect(
        METRICS.psnr.compute(
          map(truth, (value) => value + d),
          truth,
        ),
      ).toBeCloseTo(20 * Math.log10(255 / d), 10);
    expect(METRICS.psnr.compute(truth, truth)).toBe(Number.POSITIVE_INFINITY);
  });
});

const rasterOf = ({ width, height, data }: Levels): Raster => ({
  ...{ width, height, channels: 3 },
  data: Uint8Array.from({ length: data.length }, (_, i) => data[(i % 3) * width * height + Math.floor(i / 3)]!),
});

describe("SSIM", () => {
  test("is what its definition says, on noise and on something like the truth", () => {
    const truth = noise(1, 24, 19);
    for (const restored of [
      noise(2, 24, 19),
      map(truth, (value, i) => Math.round(0.7 * value + 30 + 20 * Math.sin(i))),
    ])
      expect(ssim(restored, truth)).toBeCloseTo(naiveSsim(rasterOf(restored), rasterOf(truth)), 12);
  });
  test("every form is 1 for equal pictures, and less otherwise", () => {
    for (const form of ["skimage", "skimage-uniform", "skimage-full", "matlab-volume", "replicate-border"] as const) {
      const truth = noise(1, 20, 17);
      expect(ssim(truth, truth, form)).toBeCloseTo(1, 12);
      expect(ssim(noise(2, 20, 17), truth, form)).toBeLessThan(0.8);
    }
  });
  test("a picture smaller than the window is refused", () => {
    expect(() => ssim(noise(1, 10, 30), noise(2, 10, 30))).toThrow(/at least 11x11 pixels, got 10x30/);
  });
});

describe("tone and detail", () => {
  test("a shift of all values is the tone error, whatever the sign; opposite shifts of two blocks do not cancel", () => {
    const truth = noise(1, 128, 70);
    expect(
      METRICS["tone-error"].compute(
        map(truth, (value) => value - 3),
        truth,
      ),
    ).toBeCloseTo(3, 10);
    const halves = map(truth, (value, i) => value + (i % 128 < 64 ? 2 : -2));
    expect(METRICS["tone-error"].compute(halves, truth)).toBeCloseTo(2, 10);
  });
  test("power goes with the square of the contrast, and is that of a wave's own response", () => {
    const truth = noise(1, 40, 30);
    expect(
      METRICS["high-frequency"].compute(
        map(truth, (value) => 10 + value / 2),
        truth,
      ),
    ).toBeCloseTo(0.25, 10);
    // A wave keeps 1 - g(f) of its amplitude, g the sum of the Gaussian's taps times a cosine.
    const wave = (period: number) => map(truth, (_, i) => 128 + 50 * Math.cos((2 * Math.PI * (i % 40)) / period));
    const response = (period: number) => {
      const taps = [-3, -2, -1, 0, 1, 2, 3].map((k) => [k, Math.exp((-k * k) / 2)] as const);
      const sum = taps.reduce((s, [, tap]) => s + tap, 0);
      return 1 - taps.reduce((s, [k, tap]) => s + (tap / sum) * Math.cos((2 * Math.PI * k) / period), 0);
    };
    const [slow, fast] = [34 / 2, 34 / 8]; // whole periods in the 34 columns that count
    const expected = (response(fast) / response(slow)) ** 2;
    expect(METRICS["high-frequency"].compute(wave(fast), wave(slow)) / expected).toBeCloseTo(1, 8);
  });
});

describe("parts of NIQE", () => {
  test("gamma has its known values", () => {
    const known = [1, Math.sqrt(Math.PI), 24, 362880, 9.513507698668731];
    for (const [i, x] of [1, 0.5, 5, 10, 0.1].entries()) expect(gamma(x) / known[i]!).toBeCloseTo(1, 12);
  });
  test("fits a normal distribution with shape 2, another width on each side", () => {
    const values = Float64Array.from(Rng.fromSeed(3).normals(200_000), (x) => (x < 0 ? 1 : 2) * x);
    const { left, right } = fitGeneralisedGaussian(values);
    expect(right / left).toBeCloseTo(2, 1);
    expect(fitGeneralisedGaussian(Float64Array.from(Rng.fromSeed(4).normals(200_000))).shape).toBeCloseTo(2, 1);
  });
  test("resizing keeps constants, and a ramp away from the borders", () => {
    const ramp = map(noise(1, 40, 30, 1), (_, i) => 3 * (i % 40));
    for (const scale of [0.5, 0.3, 1, 1.7]) {
      const { width, height, data } = imresize(ramp, scale);
      expect([width, height]).toEqual([Math.ceil(40 * scale), Math.ceil(30 * scale)]);
      for (let x = 0; x < width; x++) {
        const centre = (x + 0.5) / scale - 0.5;
        const reach = 2 / Math.min(scale, 1);
        if (centre - reach >= 0 && centre + reach <= 39)
          expect(data[x]).toBeCloseTo(3 * centre, scale < 1 && scale !== 0.5 ? 0 : 9);
      }
      for (const value of imresize(
        map(ramp, () => 7),
        scale,
      ).data)
        expect(value).toBeCloseTo(7, 10);
    }
  });
  test("too few blocks, and flat ones, are refused", () => {
    expect(() => METRICS.niqe.compute(noise(1, 191, 100))).toThrow(/two whole blocks/);
    const flat = map(noise(1, 192, 192), () => 80);
    expect(() => METRICS.niqe.compute(flat)).toThrow(/not flat, got 0/);
  });
});
