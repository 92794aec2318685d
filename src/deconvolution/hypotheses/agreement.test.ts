/** @file When estimates of a kernel count as agreeing. */
import { describe, expect, test } from "vitest";
import { blankKernel, identityKernel, type Kernel, normalisedKernel, splat } from "../../blur/kernel.js";
import { gaussianKernel } from "../../blur/simple-kernels.js";
import { agreementOf, confidenceOf } from "./agreement.js";
import type { HypothesisName } from "./finders.js";

/** A line of 13 px, displaced by whole pixels. */
const line = (dx: number, dy: number, moveX = 0, moveY = 0): Kernel => {
  const kernel = blankKernel(11);
  for (let t = -6; t <= 6; t += 0.25) splat(kernel, 11 + moveX + t * dx, 11 + moveY + t * dy, 1);
  return normalisedKernel(kernel, "line");
};
const ranked = (...kernels: readonly [HypothesisName, Kernel][]) =>
  kernels.map(([hypothesis, kernel], i) => ({ hypothesis, kernel, score: i }));

describe("agreement of estimates", () => {
  test("of one kernel that lies elsewhere in each estimate: full, whatever the given hypotheses are", () => {
    const all = ranked(
      ["wide", line(1, 0)],
      ["none", identityKernel],
      ["strongest", line(1, 0, 3, -2)],
      ["simplex", line(1, 0, -4, 4)],
    );
    expect(agreementOf(all)).toBeCloseTo(1, 6);
    expect(confidenceOf(all)).toBe(1);
  });

  test("one estimate that finds another motion is enough for no confidence", () => {
    const all = ranked(["wide", line(1, 0)], ["strongest", line(1, 0)], ["simplex", line(0, 1)]);
    expect(agreementOf(all)).toBeLessThan(0.4);
    expect(confidenceOf(all)).toBe(0);
  });

  test("a kernel as narrow as the softness of a lens gives none, however well the estimates agree", () => {
    const all = (sigma: number) => {
      const soft = gaussianKernel(9, sigma);
      return ranked(["wide", soft], ["strongest", soft], ["simplex", soft]);
    };
    // The spread of a Gaussian is sigma times the root of two.
    expect(agreementOf(all(1.1))).toBeCloseTo(1, 6);
    expect(confidenceOf(all(1.1))).toBe(0);
    expect(confidenceOf(all(1.95 / Math.SQRT2))).toBeCloseTo(0.5, 1);
    expect(confidenceOf(all(1.6))).toBe(1);
  });

  test("where no blur or a disc is the most likely, there is none", () => {
    expect(confidenceOf(ranked(["none", identityKernel], ["wide", line(1, 0)], ["simplex", line(1, 0)]))).toBe(0);
    expect(confidenceOf(ranked(["disc", line(1, 0)], ["wide", line(1, 0)]))).toBe(0);
  });
});
