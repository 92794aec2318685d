import { expect, test } from "vitest";
import { Rng } from "../base/random.js";
import { convolve } from "../blur/convolve.js";
import { linearMotionKernel } from "../blur/simple-kernels.js";
import type { Planes } from "../images/image.js";
import { deconvolutionBankSchema, sharpeningFilter } from "./deconvolution-bank.js";

const config = deconvolutionBankSchema.parse({});
const { taps } = config;
const RADIUS = (taps - 1) / 2;

/** Real part of a filter's response at a frequency in cycles per pixel, summed tap by tap; the imaginary part must vanish. */
function responseOf(filter: Float32Array, fx: number, fy: number): number {
  let [real, imaginary] = [0, 0];
  filter.forEach((value, i) => {
    const phase = 2 * Math.PI * (fx * ((i % taps) - RADIUS) + fy * (Math.floor(i / taps) - RADIUS));
    real += value * Math.cos(phase);
    imaginary += value * Math.sin(phase);
  });
  expect(Math.abs(imaginary)).toBeLessThan(1e-4);
  return real;
}

test("leaves what is flat as it is, and what varies across the motion", () => {
  const filter = sharpeningFilter(0, 4.5, config);
  expect(Math.abs(filter.reduce((a, b) => a + b, 0))).toBeLessThan(1e-5);
  expect(Math.abs(responseOf(filter, 0, 0.2))).toBeLessThan(0.1);
});

test("gives back along the motion what the motion took", () => {
  // Motion over 4.5 px leaves sinc(0.45) of a wave of 10 px; the filter adds the rest, less a little for noise.
  const left = Math.sin(Math.PI * 0.45) / (Math.PI * 0.45);
  for (const angle of [0, Math.PI / 3, Math.PI / 2]) {
    const added = responseOf(sharpeningFilter(angle, 4.5, config), 0.1 * Math.cos(angle), 0.1 * Math.sin(angle));
    expect(left * (1 + added)).toBeGreaterThan(0.9);
    expect(left * (1 + added)).toBeLessThan(1.05);
  }
});

test("of all candidates the one with the photo's own motion comes nearest to the sharp image", () => {
  // Blocks of random grey: edges in all directions, as photos have.
  const size = 96;
  const blocks = Rng.fromSeed(4).normals(24 * 24);
  const sharp: Planes = {
    channels: 1,
    height: size,
    width: size,
    data: Float32Array.from(
      { length: size * size },
      (_, i) => blocks[((i % size) >> 2) + 24 * (Math.floor(i / size) >> 2)]!,
    ),
  };
  const angles = Array.from({ length: config.directions }, (_, d) => (Math.PI * d) / config.directions);
  for (const direction of [0, 3, 7]) {
    // Rows go down: counter-clockwise on the picture is clockwise in (x, y).
    const blurry = convolve(sharp, linearMotionKernel(7.5, -(180 / Math.PI) * angles[direction]!));
    const error = (planes: Float32Array) => {
      let sum = 0;
      for (let y = RADIUS; y < size - RADIUS; y++)
        for (let x = RADIUS; x < size - RADIUS; x++) sum += (planes[y * size + x]! - sharp.data[y * size + x]!) ** 2;
      return sum;
    };
    const errors = angles.flatMap((angle, d) =>
      config.lengthsPx.map((lengthPx) => {
        const filter = Float64Array.from(sharpeningFilter(angle, lengthPx, config));
        const added = convolve(blurry, { width: taps, height: taps, data: filter });
        return { d, lengthPx, error: error(blurry.data.map((value, i) => value + added.data[i]!)) };
      }),
    );
    const best = errors.reduce((a, b) => (b.error < a.error ? b : a));
    expect([best.d, best.lengthPx]).toEqual([direction, 7.5]);
    expect(best.error).toBeLessThan(0.6 * error(blurry.data));
  }
});
