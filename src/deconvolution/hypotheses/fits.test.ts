/** @file Kernels fitted to pictures that they blurred. */
import { expect, test } from "vitest";
import { Rng } from "../../base/random.js";
import { convolve } from "../../blur/convolve.js";
import { gaussianKernel, linearMotionKernel } from "../../blur/simple-kernels.js";
import type { Planes } from "../../images/image.js";
import { openFourier } from "../fourier.js";
import { FITS } from "./fits.js";
import { selectedEquations } from "./selected-equations.js";

const sharp: Planes = convolve(
  { width: 96, height: 90, channels: 1, data: Float32Array.from(Rng.fromSeed(1).uniforms(96 * 90)) },
  gaussianKernel(5, 0.8),
);
const kernel = linearMotionKernel(7, 30);
const blurry = convolve(sharp, kernel);
const reachPx = 6;
const fourier = await openFourier();

/** The weights of `kernel` in a square of the fit's reach, times `scale`. */
const expected = (scale: number) => {
  const side = 2 * reachPx + 1;
  const [cx, cy] = [kernel.width >> 1, kernel.height >> 1];
  const data = new Float64Array(side * side);
  kernel.data.forEach((weight, i) => {
    const [x, y] = [(i % kernel.width) - cx + reachPx, Math.floor(i / kernel.width) - cy + reachPx];
    data[y * side + x] = scale * weight;
  });
  return data;
};

test.each(["simplex", "not negative", "conjugate gradients"] as const)("%s finds the kernel", (kind) => {
  using scope = fourier.heap.scope();
  const equations = selectedEquations(blurry, { reachPx, fade: 0.12, keep: null }, fourier, scope)(sharp, 0)!;
  const ridge = kind === "conjugate gradients" ? 1e-3 * equations.power : 1e-3;
  const { data } = FITS[kind](equations, reachPx, { ridge, iterations: 60 });
  const truth = expected(1);
  expect(Math.max(...data.map((value, i) => Math.abs(value - truth[i]!)))).toBeLessThan(0.02);
});

test("a sketch of half the contrast doubles a kernel whose sum is free, and spoils one whose sum is 1", () => {
  using scope = fourier.heap.scope();
  const faint = { ...sharp, data: sharp.data.map((value) => value / 2) };
  const equations = selectedEquations(blurry, { reachPx, fade: 0.12, keep: null }, fourier, scope)(faint, 0)!;
  const truth = expected(2);
  const worst = (kind: "simplex" | "not negative") => {
    const { data } = FITS[kind](equations, reachPx, { ridge: 1e-3, iterations: 60 });
    const sum = data.reduce((total, value) => total + value, 0);
    return Math.max(...data.map((value, i) => Math.abs((2 * value) / sum - truth[i]!)));
  };
  expect(worst("not negative")).toBeLessThan(0.04);
  expect(worst("simplex")).toBeGreaterThan(2 * worst("not negative"));
});

test("a picture without strong edges has no equations", () => {
  using scope = fourier.heap.scope();
  expect(selectedEquations(blurry, { reachPx, fade: 0, keep: null }, fourier, scope)(sharp, 10)).toBeNull();
});

test("pixels that are left out do not spoil the kernel", () => {
  using scope = fourier.heap.scope();
  const spoilt = { ...blurry, data: blurry.data.slice() };
  const keep = { ...blurry, data: new Float32Array(blurry.data.length).fill(1) };
  for (let y = 30; y < 45; y++)
    for (let x = 30; x < 45; x++) {
      spoilt.data[y * 96 + x] = 2 * ((x * y) % 3);
      for (const at of [(y - 1) * 96 + x, y * 96 + x, y * 96 + x - 1]) keep.data[at] = 0;
    }
  const worst = (kept: Planes | null) => {
    const equations = selectedEquations(spoilt, { reachPx, fade: 0.12, keep: kept }, fourier, scope)(sharp, 0)!;
    const { data } = FITS["not negative"](equations, reachPx, { ridge: 1e-3, iterations: 60 });
    const truth = expected(1);
    return Math.max(...data.map((value, i) => Math.abs(value - truth[i]!)));
  };
  expect(worst(keep)).toBeLessThan(0.06);
  expect(worst(null)).toBeGreaterThan(2 * worst(keep));
});
