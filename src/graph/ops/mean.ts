/** @file Mean over axes, composed of sums. */
import type { Tensor } from "../tensor.js";
import { mul } from "./arithmetic.js";
import { type ReduceOptions, sum } from "./reduce.js";

/** The mean over `axes` (all when left out). */
export function mean(x: Tensor, options: ReduceOptions = {}): Tensor {
  const total = sum(x, options);
  return mul(total, total.size / x.size);
}
