/** @file Weights in signed bytes: how far off, and what stays exact. */
import { expect, test } from "vitest";
import { Rng } from "../base/random.js";
import { eightBitsOf, floatsOf } from "./eight-bit.js";

test("every value is within half a step of its row, however different the rows", () => {
  const [rows, length] = [5, 300];
  const values = Rng.fromSeed(3).normals(rows * length);
  for (let i = 0; i < values.length; i++) values[i]! *= 10 ** (Math.floor(i / length) - 2);
  const read = floatsOf(eightBitsOf(values, rows));
  for (let row = 0; row < rows; row++) {
    const own = values.subarray(row * length, (row + 1) * length);
    const step = own.reduce((most, value) => Math.max(most, Math.abs(value)), 0) / 127;
    const errors = own.map((value, i) => Math.abs(value - read[row * length + i]!));
    expect(Math.max(...errors)).toBeLessThanOrEqual(0.5001 * step);
    // Rounding errors are uniform: their standard deviation is a step divided by the square root of 12.
    expect(Math.sqrt(errors.reduce((sum, error) => sum + error ** 2, 0) / length) / step).toBeCloseTo(12 ** -0.5, 1);
  }
});

test("stored again, values stay as they are", () => {
  const once = floatsOf(eightBitsOf(Rng.fromSeed(4).normals(64), 4));
  expect(floatsOf(eightBitsOf(once, 4))).toEqual(once);
});

test("a row of zeros stays zero, extremes of float32 stay finite", () => {
  expect([...floatsOf(eightBitsOf(new Float32Array(6), 2))]).toEqual(Array(6).fill(0));
  const extreme = Float32Array.of(3e38, -3e38, 1e-44, -1e-44);
  expect(floatsOf(eightBitsOf(extreme, 2)).every(Number.isFinite)).toBe(true);
});
