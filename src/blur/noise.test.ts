import { describe, expect, test } from "vitest";
import { Rng } from "../base/random.js";
import type { Planes } from "../images/image.js";
import { addGaussianNoise, addShotNoise } from "./noise.js";

const COUNT = 40_000;
const flat = (value: number): Planes => ({
  channels: 1,
  width: 200,
  height: 200,
  data: new Float32Array(COUNT).fill(value),
});
const moments = ({ data }: Planes) => {
  const mean = data.reduce((a, b) => a + b, 0) / COUNT;
  return { mean, variance: data.reduce((a, b) => a + (b - mean) ** 2, 0) / COUNT };
};

describe("shot noise", () => {
  // Both ways of drawing (few photons, many), and both sides of where they meet, at 64.
  test.each([
    [0.0004, 1000],
    [0.02, 500],
    [0.639, 100],
    [0.641, 100],
    [1, 3000],
    [5, 200],
  ])("light %f, %i photons at white: mean and variance are Poisson's within 5 standard errors", (light, photons) => {
    const lambda = light * photons;
    const { mean, variance } = moments(addShotNoise(flat(light), photons, Rng.fromSeed(1)));
    expect(Math.abs(mean * photons - lambda)).toBeLessThan(5 * Math.sqrt(lambda / COUNT));
    // The fourth central moment of a Poisson number is lambda + 3 lambda^2.
    const error = Math.sqrt((lambda + 2 * lambda ** 2) / COUNT);
    expect(Math.abs(variance * photons ** 2 - lambda)).toBeLessThan(5 * error + 1 / 12); // 1/12: rounding to whole photons
  });

  test("few photons: each number as often as the law says", () => {
    const { data } = addShotNoise(flat(0.3), 5, Rng.fromSeed(2));
    let expected = Math.exp(-1.5);
    for (let k = 0; k < 6; k++) {
      const share = data.filter((value) => Math.round(value * 5) === k).length / COUNT;
      expect(Math.abs(share - expected)).toBeLessThan(5 * Math.sqrt((expected * (1 - expected)) / COUNT));
      expected *= 1.5 / (k + 1);
    }
  });

  test("black stays black, also below", () => {
    for (const value of [0, -0.2]) expect(moments(addShotNoise(flat(value), 100, Rng.fromSeed(3))).mean).toBe(0);
    expect(() => addShotNoise(flat(1), 0, Rng.fromSeed(3))).toThrow(/photonsAtWhite must be positive/);
  });
});

test("Gaussian noise has its sigma and is the same for the same seed", () => {
  const noisy = addGaussianNoise(flat(0.5), 0.02, Rng.fromSeed(4));
  const { mean, variance } = moments(noisy);
  expect(Math.abs(mean - 0.5)).toBeLessThan(5 * (0.02 / Math.sqrt(COUNT)));
  expect(Math.abs(variance - 4e-4)).toBeLessThan(5 * 4e-4 * Math.sqrt(2 / COUNT));
  expect(addGaussianNoise(flat(0.5), 0.02, Rng.fromSeed(4))).toEqual(noisy);
  expect(() => addGaussianNoise(flat(0), -1, Rng.fromSeed(4))).toThrow(/sigma must not be negative/);
});

test("smoothed noise keeps its variance, and neighbours correlate as the Gaussian's autocorrelation says", () => {
  const [sigma, grainPx] = [0.02, 0.9];
  const { data } = addGaussianNoise(flat(0.5), sigma, Rng.fromSeed(7), grainPx);
  const covariance = (dx: number, dy: number): number => {
    let sum = 0;
    for (let y = 0; y < 200 - dy; y++)
      for (let x = 0; x < 200 - dx; x++) sum += (data[y * 200 + x]! - 0.5) * (data[(y + dy) * 200 + x + dx]! - 0.5);
    return sum / ((200 - dx) * (200 - dy));
  };
  expect(Math.sqrt(covariance(0, 0)) / sigma).toBeCloseTo(1, 1);
  // Two Gaussians of variance s^2 convolved: one of variance 2 s^2.
  for (const [dx, dy] of [
    [1, 0],
    [0, 1],
    [1, 1],
    [2, 0],
  ] as const)
    expect(covariance(dx, dy) / covariance(0, 0)).toBeCloseTo(Math.exp(-(dx * dx + dy * dy) / (4 * grainPx ** 2)), 1);
});
