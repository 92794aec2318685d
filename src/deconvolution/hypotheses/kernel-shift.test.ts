import { expect, test } from "vitest";
import { blankKernel, type Kernel, kernelCentroid, normalisedKernel, splat } from "../../blur/kernel.js";
import { consistentShifts, shiftBetween } from "./kernel-shift.js";

/** A bent path, moved; `end` more light at its end. */
function path(dx: number, dy: number, end = 0): Kernel {
  const kernel = blankKernel(10);
  for (let t = 0; t <= 60; t++)
    splat(kernel, 10 + dx + t / 12 - 3, 10 + dy + Math.sin(t / 15) * 3, t > 50 ? 1 + end : 1);
  return normalisedKernel(kernel, "path");
}

test("a kernel comes to lie around its middle to a fraction of a pixel", () => {
  const kernel = path(0.3, -0.8);
  const [shift] = consistentShifts([kernel]);
  const { x, y } = kernelCentroid(kernel);
  expect(shift!.x).toBeCloseTo(-x, 9);
  expect(shift!.y).toBeCloseTo(-y, 9);
});

test("the shift between two kernels of one shape is found", () => {
  const shift = shiftBetween(path(0, 0), path(2, -1))!;
  expect(shift.x).toBeCloseTo(-2, 1);
  expect(shift.y).toBeCloseTo(1, 1);
});

test("kernels that are alike end up on top of one another, although their middles differ", () => {
  const kernels = [path(0, 0), path(0, 0, 3)];
  const middles = kernels.map(kernelCentroid);
  expect(Math.abs(middles[0]!.x - middles[1]!.x)).toBeGreaterThan(0.5);
  const [a, b] = consistentShifts(kernels);
  expect(Math.abs(a!.x - b!.x)).toBeLessThan(0.2);
  expect(Math.abs(a!.y - b!.y)).toBeLessThan(0.2);
  // Together they are around the middle.
  expect(a!.x + b!.x).toBeCloseTo(-middles[0]!.x - middles[1]!.x, 9);
});

test("kernels of other motions keep their own middles", () => {
  const across = blankKernel(10);
  for (let x = 2; x <= 15; x++) splat(across, x, 10, 1);
  const other = normalisedKernel(across, "across");
  const upright = blankKernel(10);
  for (let y = 3; y <= 18; y++) splat(upright, 10, y, 1);
  const [, shift] = consistentShifts([normalisedKernel(upright, "upright"), other]);
  expect(shift!.x).toBeCloseTo(-kernelCentroid(other).x, 9);
});
