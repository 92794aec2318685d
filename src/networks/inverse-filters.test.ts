import { expect, test } from "vitest";
import { Rng } from "../base/random.js";
import { convolve } from "../blur/convolve.js";
import type { Kernel } from "../blur/kernel.js";
import { defocusKernel, linearMotionKernel } from "../blur/simple-kernels.js";
import type { Planes } from "../images/image.js";
import { candidatesOf, inverseFilters } from "./inverse-filters.js";

const TAPS = 25;
const RADIUS = (TAPS - 1) / 2;
const DIRECTIONS = 8;
const LENGTHS = [4, 7] as const;
const SMOOTHNESS = 0.02;
const RADII = [1.5, 3] as const;
const candidates = candidatesOf({
  motions: LENGTHS.map((lengthPx) => ({ lengthPx, directions: DIRECTIONS })),
  radiiPx: [...RADII],
  smoothness: SMOOTHNESS,
});
const all = inverseFilters(candidates, TAPS);
const filters = candidates.map((_, i) => all.subarray(i * TAPS * TAPS, (i + 1) * TAPS * TAPS));

/**
 * Real part of a filter's frequency response at (fx, fy) in cycles per pixel, summed tap by tap; the imaginary part
 * must vanish.
 */
function responseOf(filter: Float32Array, fx: number, fy: number): number {
  let [real, imaginary] = [0, 0];
  filter.forEach((value, i) => {
    const phase = 2 * Math.PI * (fx * ((i % TAPS) - RADIUS) + fy * (Math.floor(i / TAPS) - RADIUS));
    real += value * Math.cos(phase);
    imaginary += value * Math.sin(phase);
  });
  expect(Math.abs(imaginary)).toBeLessThan(1e-4);
  return real;
}

test("leaves flat areas and variation across the motion unchanged", () => {
  const filter = filters[0]!; // 4 px to the right
  expect(Math.abs(filter.reduce((a, b) => a + b, 0))).toBeLessThan(1e-5);
  expect(Math.abs(responseOf(filter, 0, 0.1))).toBeLessThan(0.1);
});

test("restores along the motion what the motion attenuated, less the smoothness penalty", () => {
  for (const [i, angle] of Array.from({ length: DIRECTIONS }, (_, d) => (Math.PI * d) / DIRECTIONS).entries()) {
    const [fx, fy] = [0.1 * Math.cos(angle), 0.1 * Math.sin(angle)];
    const left = Math.sin(Math.PI * 0.4) / (Math.PI * 0.4); // amplitude of a wave of 10 px after 4 px of motion
    const price = SMOOTHNESS * 4 * (Math.sin(Math.PI * fx) ** 2 + Math.sin(Math.PI * fy) ** 2);
    const expected = left ** 2 / (left ** 2 + price);
    // A filter of TAPS taps averages the response over 1 / TAPS cycles and misses its sharp rise at the longest waves.
    expect(Math.abs(left * (1 + responseOf(filters[i]!, fx, fy)) - expected)).toBeLessThan(0.12);
  }
});

test("the candidate with the photo's own blur comes nearest to the sharp picture", () => {
  // Blocks of random grey have edges in all directions, like photos.
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
  // Rows go down, so counter-clockwise in the picture is clockwise in (x, y).
  const motions = LENGTHS.flatMap((length) =>
    Array.from({ length: DIRECTIONS }, (_, d) => linearMotionKernel(length, (-180 * d) / DIRECTIONS)),
  );
  const kernels: Kernel[] = [...motions, ...RADII.map((radius) => defocusKernel(radius))];
  for (const own of [0, 3, 7, 10, 13, 16, 17]) {
    const blurry = convolve(sharp, kernels[own]!);
    const errors = filters.map((filter) => {
      const added = convolve(blurry, { width: TAPS, height: TAPS, data: Float64Array.from(filter) });
      let sum = 0;
      for (let y = RADIUS; y < size - RADIUS; y++)
        for (let x = RADIUS; x < size - RADIUS; x++) {
          const at = y * size + x;
          sum += (blurry.data[at]! + added.data[at]! - sharp.data[at]!) ** 2;
        }
      return sum;
    });
    expect(errors.indexOf(Math.min(...errors)), `blur ${own}`).toBe(own);
  }
});
