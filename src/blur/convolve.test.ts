import { expect, test } from "vitest";
import { Rng } from "../base/random.js";
import { BOUNDARY_MODES } from "../images/boundary.js";
import type { Planes } from "../images/image.js";
import { convolve } from "./convolve.js";
import { type Kernel, kernelProduct } from "./kernel.js";

const worst = (a: Float32Array, b: Float32Array): number => {
  expect(a.length).toBe(b.length);
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0);
};
const random = (channels: number, height: number, width: number, seed: number): Planes => ({
  channels,
  height,
  width,
  data: Rng.fromSeed(seed).uniforms(channels * height * width),
});
const randomKernel = (height: number, width: number, seed: number): Kernel => ({
  height,
  width,
  data: Float64Array.from(Rng.fromSeed(seed).uniforms(height * width), (u) => (u < 0.4 ? 0 : u / (height * width))),
});

/** The definition, pixel by pixel in float64, for borders that repeat the edge. */
function naive({ channels, height, width, data }: Planes, kernel: Kernel): Float32Array {
  const [cx, cy] = [kernel.width >> 1, kernel.height >> 1];
  const inside = (i: number, n: number) => Math.min(Math.max(i, 0), n - 1);
  return Float32Array.from({ length: channels * height * width }, (_, i) => {
    const [x, y, c] = [i % width, Math.floor(i / width) % height, Math.floor(i / (width * height))];
    return kernel.data.reduce((sum, weight, k) => {
      const from = inside(x + cx - (k % kernel.width), width);
      const row = inside(y + cy - Math.floor(k / kernel.width), height);
      return sum + weight * data[(c * height + row) * width + from]!;
    }, 0);
  });
}

test.each([
  [5, 5],
  [4, 7],
  [6, 2],
])("kernel of %i x %i: the definition", (kh, kw) => {
  const planes = random(2, 12, 19, 7);
  const kernel = randomKernel(kh, kw, 8);
  for (const method of ["direct", "fft"] as const)
    expect(worst(convolve(planes, kernel, { boundary: "replicate", method }).data, naive(planes, kernel))).toBeLessThan(
      2e-7,
    );
});

test.each([
  [1, 1, 5, 5],
  [1, 40, 3, 9],
  [7, 1, 8, 2],
  [90, 131, 17, 30], // several blocks, the last ones partly filled
  [64, 64, 1, 1],
])("picture of %i x %i, kernel of %i x %i: direct and FFT agree for every border", (h, w, kh, kw) => {
  const planes = random(3, h, w, 1);
  const kernel = randomKernel(kh, kw, 2);
  for (const boundary of BOUNDARY_MODES)
    for (const correlate of [false, true]) {
      const direct = convolve(planes, kernel, { boundary, correlate, method: "direct" });
      const fft = convolve(planes, kernel, { boundary, correlate, method: "fft" });
      expect(worst(direct.data, fft.data), `${boundary} ${correlate}`).toBeLessThan(1e-6);
    }
});

test("identities: one after the other equals their product, and a shift moves", () => {
  const planes = random(2, 30, 25, 3);
  const [a, b] = [randomKernel(5, 7, 4), randomKernel(3, 3, 5)];
  const twice = convolve(convolve(planes, a, { boundary: "circular" }), b, { boundary: "circular" });
  expect(worst(twice.data, convolve(planes, kernelProduct(a, b), { boundary: "circular" }).data)).toBeLessThan(1e-6);
  const right: Kernel = { width: 3, height: 1, data: Float64Array.of(0, 0, 1) };
  const moved = convolve(planes, right, { boundary: "replicate" });
  expect(moved.data[26]).toBe(planes.data[25]); // pixel (1, 1) has what was at (1, 0)
  expect(moved.data[25]).toBe(planes.data[25]);
});

test("a picture smaller than a kernel has no valid part", () => {
  expect(() => convolve(random(1, 4, 4, 1), randomKernel(5, 5, 1), { boundary: "valid" })).toThrow(/at least 5 x 5/);
});
