/** @file A kernel's equations in single precision beside those in double precision. */
import { describe, expect, test } from "vitest";
import { Rng } from "../base/random.js";
import { convolve } from "../blur/convolve.js";
import { fitKernel } from "../blur/fit-kernel.js";
import { exactEquations } from "../blur/kernel-equations.js";
import { gaussianKernel, linearMotionKernel } from "../blur/simple-kernels.js";
import type { Planes } from "../images/image.js";
import { fastEquations } from "./fast-equations.js";
import { openFourier } from "./fourier.js";

const fourier = await openFourier();
const picture = (width: number, height: number, seed: number): Planes =>
  convolve(
    { width, height, channels: 1, data: Float32Array.from(Rng.fromSeed(seed).uniforms(width * height)) },
    gaussianKernel(5, 0.8),
  );
const worst = (a: Float64Array, b: Float64Array): number =>
  a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0);

// Widths that leave 0 to 3 pixels beside groups of four; blocks of another size than the exact ones'.
describe.each([
  [88, 70, 7],
  [61, 75, 5],
  [71, 34, 8],
  [90, 90, 1],
])("%i x %i px, reach %i", (width, height, reachPx) => {
  const sharp = picture(width, height, 1);
  const blurry = convolve(sharp, linearMotionKernel(5, 30));

  test("target, diagonal, and the matrix times a kernel", () => {
    using scope = fourier.heap.scope();
    const exact = exactEquations(blurry, reachPx)(sharp);
    const fast = fastEquations(fourier, scope)(blurry, reachPx)(sharp);
    expect(fast.power / exact.power).toBeCloseTo(1, 5);
    expect(worst(fast.target, exact.target)).toBeLessThan(1e-5 * exact.power);
    const kernel = Float64Array.from(Rng.fromSeed(2).uniforms((2 * reachPx + 1) ** 2));
    const [product, expected] = [kernel.slice(), kernel.slice()];
    fast.multiply(kernel, product);
    exact.multiply(kernel, expected);
    expect(worst(product, expected)).toBeLessThan(1e-5 * expected.reduce((a, b) => Math.max(a, b), 0));
    // Both are bounds of the same matrix, from spectra of other sizes.
    expect(fast.bound / exact.bound).toBeGreaterThan(0.8);
    expect(fast.bound / exact.bound).toBeLessThan(1.25);
  });

  test("the same kernel, of one sharp picture after the other", () => {
    using scope = fourier.heap.scope();
    const equations = fastEquations(fourier, scope)(blurry, reachPx);
    for (const one of [picture(width, height, 3), sharp]) {
      const fast = fitKernel(one, blurry, { reachPx, equations: () => equations });
      expect(worst(fast.data, fitKernel(one, blurry, { reachPx }).data)).toBeLessThan(1e-3);
    }
  });
});
