import { expect, test } from "vitest";
import { Rng } from "../base/random.js";
import { convolve } from "../blur/convolve.js";
import type { Kernel } from "../blur/kernel.js";
import { gaussianKernel } from "../blur/simple-kernels.js";
import type { Planes } from "../images/image.js";
import { openFourier } from "./fourier.js";
import { InverseFilter } from "./wiener.js";

const sharp = convolve(
  { width: 90, height: 70, channels: 3, data: Rng.fromSeed(3).uniforms(3 * 90 * 70) },
  gaussianKernel(5, 0.8),
);
const inner = ({ width, height, data }: Planes, border = 20): number[] =>
  [...data].filter((_, i) => {
    const [x, y] = [i % width, Math.floor(i / width) % height];
    return x >= border && y >= border && x < width - border && y < height - border;
  });
const error = (a: Planes, b: Planes) => {
  const [p, q] = [inner(a), inner(b)];
  return Math.sqrt(p.reduce((sum, value, i) => sum + (value - q[i]!) ** 2, 0) / p.length);
};
const fourier = await openFourier();
const undo = (blurry: Planes, kernel: Kernel, smoothness: number) => {
  using scope = fourier.heap.scope();
  const filter = new InverseFilter(fourier.real(128), scope, smoothness);
  filter.invert(kernel);
  return filter.apply(blurry);
};

test("a known blur is undone, in every channel and the right way round", () => {
  // The first weight is more than half: no frequency is lost.
  const weights: Readonly<Record<number, number>> = { 2: 0.55, 7: 0.15, 12: 0.1, 13: 0.1, 14: 0.1 };
  const hook: Kernel = { width: 5, height: 5, data: Float64Array.from({ length: 25 }, (_, i) => weights[i] ?? 0) };
  const blurry = convolve(sharp, hook);
  const before = error(blurry, sharp);
  expect(error(undo(blurry, hook, 1e-5), sharp)).toBeLessThan(0.02 * before);
  const turned = { ...hook, data: hook.data.slice().reverse() };
  expect(error(undo(blurry, turned, 1e-5), sharp)).toBeGreaterThan(before);
});

test("without smoothness the filter of no blur changes nothing; with it, differences shrink", () => {
  const still: Kernel = { width: 1, height: 1, data: Float64Array.of(1) };
  expect(error(undo(sharp, still, 0), sharp)).toBeLessThan(1e-6);
  const power = (planes: Planes) => inner(planes).reduce((sum, value) => sum + (value - 0.5) ** 2, 0);
  expect(power(undo(sharp, still, 0.5))).toBeLessThan(power(sharp));
});
