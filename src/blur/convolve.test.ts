import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { Rng } from "../base/random.js";
import { parseSafetensors } from "../checkpoints/safetensors.js";
import { BOUNDARY_MODES } from "../images/boundary.js";
import type { Planes } from "../images/image.js";
import { type ConvolveOptions, convolve } from "./convolve.js";
import { type Kernel, kernelProduct } from "./kernel.js";

const golden = parseSafetensors(
  readFileSync(new URL("../../../shared/golden/degradation/convolution.safetensors", import.meta.url)),
).tensors;
const tensor = (name: string) => {
  const { shape, data } = golden.get(name)!;
  return { shape, data: data as Float32Array };
};
const planesOf = ({ shape, data }: { shape: readonly number[]; data: Float32Array }): Planes => ({
  channels: shape[0]!,
  height: shape[1]!,
  width: shape[2]!,
  data,
});
const kernelOf = ({ shape, data }: { shape: readonly number[]; data: Float32Array }): Kernel => ({
  height: shape[0]!,
  width: shape[1]!,
  data: Float64Array.from(data),
});
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

/** scipy's names; "reflect" there is the other one. */
const GOLDEN_MODES = {
  circular: "circular",
  reflect101: "reflect",
  symmetric: "symmetric",
  replicate: "replicate",
  zero: "zero",
  valid: "valid",
} as const;

describe.each(["direct", "fft"] as const)("%s against scipy", (method) => {
  const cases = [...golden.keys()].flatMap((name) => {
    const [kernel, mode, way] = name.split("/");
    return way ? [[kernel!, mode as keyof typeof GOLDEN_MODES, way] as const] : [];
  });
  test("all cases are there", () => expect(cases.length).toBe(44));
  test.each(cases)("%s %s %s", (kernel, mode, way) => {
    const options: ConvolveOptions = { boundary: GOLDEN_MODES[mode], correlate: way === "correlate", method };
    const result = convolve(planesOf(tensor("image")), kernelOf(tensor(`${kernel}/kernel`)), options);
    const expected = planesOf(tensor(`${kernel}/${mode}/${way}`));
    expect([result.height, result.width]).toEqual([expected.height, expected.width]);
    expect(worst(result.data, expected.data)).toBeLessThan(3e-7);
  });
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
