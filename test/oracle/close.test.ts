import { describe, expect, test } from "vitest";
import { expectClose } from "./close.js";

const exact = { rtol: 0, atol: 0 };

describe("expectClose", () => {
  test("names the worst element, both values and the error", () => {
    expect(() => expectClose([1, 2.5, 3.1], [1, 2, 3], { rtol: 0, atol: 0.01 }, "y")).toThrow(
      /^y: worst at index 1 of 3: got 2.5, expected 2, error 5.00e-1, 50.0 times/,
    );
  });

  test("the bound is atol + rtol |expected|, the bound itself included", () => {
    expectClose([10.75], [10], { rtol: 0.05, atol: 0.25 });
    expect(() => expectClose([10.76], [10], { rtol: 0.05, atol: 0.25 })).toThrow("index 0");
  });

  test.each([
    [Number.NaN, 1],
    [1, Number.NaN],
    [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
    [1e30, Number.POSITIVE_INFINITY],
    [Number.POSITIVE_INFINITY, 1e30],
    [Number.NaN, Number.POSITIVE_INFINITY],
  ])("%d is not near %d, whatever the tolerance", (actual, expected) => {
    expect(() => expectClose([actual], [expected], { rtol: 1, atol: 1e300 })).toThrow("index 0");
  });

  test("NaN and infinities equal themselves; lengths must agree", () => {
    const odd = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    expectClose(odd, odd, exact);
    expect(() => expectClose([1], [1, 2], exact)).toThrow("expected 2 values, got 1");
  });
});
