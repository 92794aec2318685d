/** @file Charbonnier penalty: a smooth approximation of |d| (Charbonnier et al. 1994). */
import { add, sub } from "../../graph/ops/arithmetic.js";
import { sqrt, square } from "../../graph/ops/elementwise.js";
import { mean } from "../../graph/ops/mean.js";
import type { Tensor } from "../../graph/tensor.js";

/** mean(sqrt(d^2 + offset)) over all elements of a difference, a scalar. */
export const charbonnier = (difference: Tensor, offset: number): Tensor => mean(sqrt(add(square(difference), offset)));

/**
 * Charbonnier penalty of prediction - target, two tensors of one shape -> scalar. Published code defines "eps" in two
 * ways: MPRNet adds its square (offset 1e-6), BasicSR adds eps itself (offset 1e-12).
 */
export const charbonnierLoss = (prediction: Tensor, target: Tensor, offset = 1e-6): Tensor =>
  charbonnier(sub(prediction, target), offset);
