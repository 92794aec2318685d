import { expect, test } from "vitest";
import { Rng } from "../base/random.js";
import { summariseSamples } from "../restoration/sample-summary.js";
import { Calibration, exactShare } from "./calibration.js";

const side = 256;
const noise = (seed: number, sigma: number) =>
  Rng.fromSeed(seed)
    .normals(3 * side * side)
    .map((value) => 128 + sigma * value);
const raster = (data: Float32Array) => ({
  width: side,
  height: side,
  channels: 3 as const,
  data: Uint8Array.from(data, Math.round),
});

test("Gaussian errors of the deviations' size lie within them as often as they should", () => {
  const calibration = new Calibration();
  // Errors are whole levels: with half a level more than a whole one, one deviation lies between two of them.
  const mean = raster(noise(1, 0));
  for (const [seed, sigma] of [
    [2, 8.5],
    [3, 20.5],
  ] as const) {
    const deviation = new Float32Array(side * side).fill(sigma / 255 / Math.sqrt(1 + 1 / 4));
    calibration.add(mean, raster(noise(seed, sigma)), deviation, 4);
  }
  expect(calibration.within(1)).toBeCloseTo(0.6827, 1.6);
  expect(calibration.within(2)).toBeCloseTo(0.9545, 1.6);
  expect(calibration.factor()).toBeCloseTo(1, 1);
});

test("errors three times as large need deviations three times as large", () => {
  const calibration = new Calibration();
  const deviation = new Float32Array(side * side).fill(5 / 255);
  calibration.add(raster(noise(1, 0)), raster(noise(2, 15)), deviation, 1e9);
  expect(calibration.within(1)).toBeCloseTo(0.261, 1); // erf(1 / (3 sqrt 2))
  expect(calibration.factor()).toBeGreaterThan(2.9);
  expect(calibration.factor()).toBeLessThan(3.1);
});

test("what an exact sampler covers: tables of Student's t, and the normal distribution in the limit", () => {
  expect(exactShare(1, 2)).toBeCloseTo(0.5, 4);
  expect(exactShare(1, 4)).toBeCloseTo(0.609, 4);
  expect(exactShare(1, 10)).toBeCloseTo(0.6566, 4);
  expect(exactShare(3.182446, 4)).toBeCloseTo(0.95, 4);
  expect(exactShare(1, 10_000)).toBeCloseTo(0.6827, 3);
});

test.each([4, 8])("truth and %i samples drawn alike, equal in all colours, are covered that often", (samples) => {
  const draw = (seed: number) => {
    const grey = noise(seed, 15);
    return raster(grey.map((_, i) => grey[3 * Math.floor(i / 3)]!));
  };
  const { mean, deviation } = summariseSamples(Array.from({ length: samples }, (_, k) => draw(10 + k)));
  const calibration = new Calibration();
  calibration.add(mean, draw(1), deviation, samples);
  for (const sigmas of [1, 2]) expect(calibration.within(sigmas)).toBeCloseTo(exactShare(sigmas, samples), 2);
});
