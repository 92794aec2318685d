import { expect, test } from "vitest";
import { identityKernel } from "../../blur/kernel.js";
import type { HypothesisName } from "./finders.js";
import { ranked } from "./ranked.js";

const found = (hypothesis: HypothesisName, ...scored: readonly (readonly [number, number])[]) => ({
  hypothesis,
  scored: scored.map(([sparsity, residual]) => ({ kernel: identityKernel, criteria: { sparsity, residual } })),
});

test("no blur, and discs of next to none, explain a photo no better than the best estimate", () => {
  const order = ranked([
    found("strongest", [-0.78, 0.1]),
    found("simplex", [-0.7, 0.3]),
    found("disc", [-0.5, -3], [-0.55, -1], [-0.6, 2]),
    found("none", [-0.48, -4]),
  ]);
  expect(order.map(({ hypothesis }) => hypothesis)).toEqual(["strongest", "simplex", "disc", "none"]);
  // The second disc: sharper than the first, and not refuted like the third.
  expect(order[2]!.score).toBeCloseTo(-0.55 + 0.5 * 0.1 + 0.2, 9);
});

test("where no estimate makes the photo sharper, it is left alone", () => {
  const order = ranked([found("strongest", [-0.72, 1.2]), found("none", [-1, -3])]);
  expect(order[0]!.hypothesis).toBe("none");
});
