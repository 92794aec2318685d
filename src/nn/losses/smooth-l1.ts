/** @file Huber loss in PyTorch's scaling (Girshick 2015). */
import { div, mul, sub } from "../../graph/ops/arithmetic.js";
import { greater, where } from "../../graph/ops/compare.js";
import { abs, square } from "../../graph/ops/elementwise.js";
import { mean } from "../../graph/ops/mean.js";
import type { Tensor } from "../../graph/tensor.js";

/** Mean over all elements of d^2 / (2 beta) where |d| < beta, |d| - beta / 2 elsewhere; a scalar. */
export function smoothL1Loss(prediction: Tensor, target: Tensor, beta = 1): Tensor {
  const difference = sub(prediction, target);
  const size = abs(difference);
  return mean(where(greater(beta, size), div(mul(square(difference), 0.5), beta), sub(size, beta / 2)));
}
