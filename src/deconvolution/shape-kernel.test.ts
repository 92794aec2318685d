import { expect, test } from "vitest";
import { type Kernel, kernelCentroid } from "../blur/kernel.js";
import { linearMotionKernel } from "../blur/simple-kernels.js";
import { centredKernel, prunedKernel, resizedKernel } from "./shape-kernel.js";

const square = (side: number, weights: Readonly<Record<number, number>>): Kernel => {
  const data = new Float64Array(side * side);
  for (const [at, weight] of Object.entries(weights)) data[Number(at)] = weight;
  return { width: side, height: side, data };
};
const sum = ({ data }: Kernel) => data.reduce((total, value) => total + value, 0);

test("weak weights and small islands go, a path that touches at corners stays", () => {
  // A diagonal of three, one weak neighbour, one island of 5 %.
  const pruned = prunedKernel(square(7, { 16: 0.3, 24: 0.3, 32: 0.3, 25: 0.01, 6: 0.05 }));
  expect([...pruned.data].flatMap((value, i) => (value > 0 ? [i] : []))).toEqual([16, 24, 32]);
  expect(sum(pruned)).toBeCloseTo(1, 12);
});

test("a kernel of nothing but small islands keeps the heaviest one", () => {
  const scattered = Object.fromEntries(Array.from({ length: 64 }, (_, i) => [34 * (i >> 3) + 2 * (i % 8), 1]));
  const pruned = prunedKernel(square(17, { ...scattered, 74: 1.5 }));
  expect(pruned.data.findIndex((value) => value > 0)).toBe(74);
  expect(pruned.data.reduce((sum, value) => sum + value, 0)).toBe(1);
});

test("a kernel comes to lie around its centre, within half a pixel", () => {
  const centred = centredKernel(square(9, { 10: 0.5, 11: 0.25, 12: 0.25 }));
  const { x, y } = kernelCentroid(centred);
  expect(Math.abs(x)).toBeLessThanOrEqual(0.5);
  expect(Math.abs(y)).toBeLessThanOrEqual(0.5);
  expect(sum(centred)).toBeCloseTo(1, 12);
});

test("twice the reach is twice the motion", () => {
  const spread = ({ width, data }: Kernel) =>
    Math.sqrt(data.reduce((total, value, i) => total + value * ((i % width) - (width >> 1)) ** 2, 0));
  const small = linearMotionKernel(8, 0);
  const large = resizedKernel(small, 2 * (small.width >> 1));
  expect(sum(large)).toBeCloseTo(1, 12);
  expect(spread(large) / spread(small)).toBeGreaterThan(1.9);
  expect(spread(large) / spread(small)).toBeLessThan(2.1);
});
