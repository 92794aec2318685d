import { expect, test } from "vitest";
import { formatNumber } from "./number-text.js";

test.each([
  [-0.004, false, "0.00"],
  [-0.004, true, "0.00"],
  [0.004, true, "0.00"],
  [-0.006, true, "-0.01"],
  [0.31, true, "+0.31"],
  [25.171, false, "25.17"],
  [null, true, "-"],
  [Number.NaN, false, "-"],
  [Number.POSITIVE_INFINITY, false, "inf"],
  [Number.POSITIVE_INFINITY, true, "+inf"],
  [Number.NEGATIVE_INFINITY, true, "-inf"],
])("%f, signed %s: %s", (value, signed, text) => {
  expect(formatNumber({ value, digits: 2, signed })).toBe(text);
});
