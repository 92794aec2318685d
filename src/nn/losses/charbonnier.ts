/** @file Charbonnier penalty: |d| with a round tip (Charbonnier et al. 1994). */
import { add, sub } from "../../graph/ops/arithmetic.js";
import { sqrt, square } from "../../graph/ops/elementwise.js";
import { mean } from "../../graph/ops/mean.js";
import type { Tensor } from "../../graph/tensor.js";

/** mean(sqrt(d^2 + offset)) over all elements of a difference, a scalar. */
export const charbonnier = (difference: Tensor, offset: number): Tensor => mean(sqrt(add(square(difference), offset)));

/**
 * The penalty of prediction - target. Published code means different things by "eps": MPRNet adds its square (offset 1e-6),
 * BasicSR adds it as it is (offset 1e-12).
 */
export const charbonnierLoss = (prediction: Tensor, target: Tensor, offset = 1e-6): Tensor =>
  charbonnier(sub(prediction, target), offset);
