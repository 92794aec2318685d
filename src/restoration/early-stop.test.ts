import { expect, test } from "vitest";
import { EarlyStop, SETTLED_LEVELS } from "./early-stop.js";

test("at rest where the mean change is below the limit, in levels of the image", () => {
  const unit = 1 / 127.5; // one level
  const stop = new EarlyStop();
  const clear = { signal: 0.8, noise: 0.6 };
  const at = (value: number) => Float32Array.of(value * unit, -value * unit);
  expect(stop.observe(at(0), 1, clear)).toBe(false); // nothing to compare with
  expect(stop.observe(at(2 * SETTLED_LEVELS), 1, clear)).toBe(false);
  expect(stop.observe(at(2.9 * SETTLED_LEVELS), 1, clear)).toBe(true);
  expect(stop.observe(at(4 * SETTLED_LEVELS), 1, clear)).toBe(false); // compared with the last, not the first
  expect(stop.observe(at(4.5 * SETTLED_LEVELS), 3, clear)).toBe(false); // a residual counts times its scale
});

test("with a map each value counts times its own scale, for every colour", () => {
  const unit = 1 / 127.5;
  const clear = { signal: 0.8, noise: 0.6 };
  const before = new Float32Array(6);
  const moved = Float32Array.of(1, 0, 1, 0, 1, 0).map((value) => value * 100 * unit);
  const after = (scale: Float32Array) => {
    const stop = new EarlyStop();
    stop.observe(before, scale, clear);
    return stop.observe(moved, scale, clear);
  };
  expect(after(Float32Array.of(0, 1))).toBe(true);
  expect(after(Float32Array.of(1, 0))).toBe(false);
  expect(after(Float32Array.of(0.0049, 1))).toBe(true); // 100 levels times half times the scale, and 0.25 are the limit
  expect(after(Float32Array.of(0.0051, 1))).toBe(false);
});

test("not while there is more noise than signal", () => {
  const stop = new EarlyStop();
  const estimate = Float32Array.of(0.1);
  for (const noise of [1, 0.9, 0.8]) expect(stop.observe(estimate, 1, { signal: 0.6, noise })).toBe(false);
  expect(stop.observe(estimate, 1, { signal: 0.8, noise: 0.6 })).toBe(false);
  expect(stop.observe(estimate, 1, { signal: 0.9, noise: 0.4 })).toBe(true);
});
