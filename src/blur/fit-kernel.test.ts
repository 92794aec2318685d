import { describe, expect, test } from "vitest";
import { Rng } from "../base/random.js";
import type { Planes } from "../images/image.js";
import { convolve } from "./convolve.js";
import { fitKernel, gradientPower } from "./fit-kernel.js";
import { identityKernel, type Kernel } from "./kernel.js";
import { defocusKernel, gaussianKernel, linearMotionKernel } from "./simple-kernels.js";
import { onSimplex } from "./simplex.js";

/** Noise of many scales: what photos have, roughly. [1, size, size], "signed". */
function texture(size: number, seed: number): Planes {
  const data = new Float32Array(size * size);
  for (const blurSigmaPx of [0.4, 1.5, 5]) {
    const noise: Planes = {
      ...{ width: size, height: size, channels: 1 },
      data: Rng.fromSeed(seed++).normals(size ** 2),
    };
    const smooth = convolve(noise, gaussianKernel(31, blurSigmaPx)).data;
    for (let i = 0; i < data.length; i++) data[i]! += 0.25 * blurSigmaPx * smooth[i]!;
  }
  return { width: size, height: size, channels: 1, data };
}

const at = ({ width, height, data }: Kernel, x: number, y: number): number => {
  const [column, row] = [x + (width >> 1), y + (height >> 1)];
  return column < 0 || row < 0 || column >= width || row >= height ? 0 : data[row * width + column]!;
};

/** Correlation coefficient over all positions within 12 px. */
function likeness(a: Kernel, b: Kernel): number {
  const side = 25;
  const [p, q] = [a, b].map((kernel) =>
    Array.from(
      { length: side * side },
      (_, i) => at(kernel, (i % side) - 12, Math.floor(i / side) - 12) - 1 / side ** 2,
    ),
  ) as [number[], number[]];
  const dot = (u: readonly number[], v: readonly number[]) => u.reduce((sum, value, i) => sum + value * v[i]!, 0);
  return dot(p, q) / Math.sqrt(dot(p, p) * dot(q, q));
}

const sharp = texture(128, 1);
/** A kernel without symmetry, so that a rotated, mirrored or transposed one is another. */
const hook: Kernel = {
  width: 5,
  height: 5,
  data: Float64Array.from({ length: 25 }, (_, i) => ([0, 5, 10, 15, 20, 21, 22].includes(i) ? 1 / 7 : 0)),
};

describe("a known kernel is found again", () => {
  test.each([
    ["motion", linearMotionKernel(15, 25)],
    ["defocus", defocusKernel(4)],
    ["gaussian", gaussianKernel(11, 1.7)],
    ["a hook", hook],
    ["none", identityKernel],
  ])("%s, from bytes", (_, kernel) => {
    const { data, ...size } = convolve(sharp, kernel);
    const fitted = fitKernel(
      sharp,
      { ...size, data: data.map((value) => Math.round(127.5 * value) / 127.5) },
      { reachPx: 12 },
    );
    expect(likeness(fitted, kernel)).toBeGreaterThan(0.99);
    expect(Math.min(...fitted.data)).toBeGreaterThanOrEqual(0);
    expect(fitted.data.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 9);
  });
  test("and not from another picture's blur", () => {
    const other = convolve(texture(128, 9), linearMotionKernel(15, 25));
    expect(likeness(fitKernel(sharp, other, { reachPx: 12 }), linearMotionKernel(15, 25))).toBeLessThan(0.5);
  });
});

test("nothing to see gives an even kernel", () => {
  const flat: Planes = { ...sharp, data: new Float32Array(sharp.data.length).fill(0.3) };
  expect(gradientPower(flat)).toBe(0);
  const even = fitKernel(flat, flat, { reachPx: 2 });
  for (const value of even.data) expect(value).toBeCloseTo(1 / 25, 9);
});

test("gradients by hand", () => {
  const planes: Planes = { width: 2, height: 2, channels: 1, data: Float32Array.of(1, 3, 4, 9) };
  expect(gradientPower(planes)).toBe(4 + 9);
});

test("a reach beyond a quarter of the picture, other sizes and colours are refused", () => {
  expect(() => fitKernel(sharp, sharp, { reachPx: 33 })).toThrow(/reachPx from 1 to .* 32, got 33/);
  expect(() => fitKernel(sharp, texture(64, 1))).toThrow(/\[1, 128, 128\]/);
});

test("projection onto the simplex meets the conditions of the nearest point", () => {
  for (let seed = 0; seed < 20; seed++) {
    const values = Float64Array.from(Rng.fromSeed(seed).normals(30), (z) => (seed % 4) * z);
    const nearest = onSimplex(values);
    expect(nearest.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 12);
    const moved = values.map((value, i) => value - nearest[i]!);
    // All that is above 0 moved by the same; all that is 0 by no more, and is not below.
    const shift = moved[nearest.indexOf(Math.max(...nearest))]!;
    nearest.forEach((value, i) => {
      expect(value).toBeGreaterThanOrEqual(0);
      if (value > 0) expect(moved[i]).toBeCloseTo(shift, 12);
      else expect(moved[i]).toBeLessThanOrEqual(shift + 1e-12);
    });
  }
});
