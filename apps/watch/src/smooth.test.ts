import { expect, test } from "vitest";
import { smooth } from "./smooth.js";

test("smoothing keeps a constant, weighs the past, and leaves gaps", () => {
  expect(smooth([3, 3, null, 3], 0.9).map((value) => value && Math.round(value * 1e9) / 1e9)).toEqual([3, 3, null, 3]);
  expect(smooth([1, 5], 0)).toEqual([1, 5]);
  const [, second] = smooth([0, 1], 0.5);
  expect(second).toBeCloseTo(2 / 3, 12); // weights 1/4 and 1/2
});
