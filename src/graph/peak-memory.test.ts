import { expect, test } from "vitest";
import { gradients } from "./gradients.js";
import { mul } from "./ops/arithmetic.js";
import { exp } from "./ops/elementwise.js";
import { sum } from "./ops/reduce.js";
import { reshape } from "./ops/shape.js";
import { peakBytes } from "./peak-memory.js";
import { input, type Tensor } from "./tensor.js";

const BYTES = 4 * 100;
const chain = (x: Tensor, length: number): Tensor => (length === 0 ? x : chain(exp(x), length - 1));

test("a chain holds two values at a time, however long it is", () => {
  const x = input("x", [100]);
  // The last op reads the chain's last value and writes a single number.
  expect(peakBytes([sum(chain(x, 3))])).toBe(2 * BYTES);
  expect(peakBytes([sum(chain(x, 30))])).toBe(2 * BYTES);
});

test("a gradient holds every value of the forward pass that it reads", () => {
  const x = input("x", [100]);
  for (const length of [5, 50]) {
    const peak = peakBytes(gradients(sum(chain(x, length)), [x]));
    expect(peak).toBeGreaterThanOrEqual(length * BYTES);
    expect(peak).toBeLessThanOrEqual((length + 3) * BYTES);
  }
});

test("another shape of a value is no second value; outputs and inputs are not counted", () => {
  const x = input("x", [100]);
  const y = exp(x);
  expect(peakBytes([y])).toBe(0);
  const square = reshape(y, [10, 10]);
  expect(peakBytes([sum(mul(square, square))])).toBe(2 * BYTES);
});
