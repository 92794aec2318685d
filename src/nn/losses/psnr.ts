/** @file The negative of PSNR as a loss (HINet, NAFNet). */
import { add, mul, sub } from "../../graph/ops/arithmetic.js";
import { log, square } from "../../graph/ops/elementwise.js";
import { mean } from "../../graph/ops/mean.js";
import type { Tensor } from "../../graph/tensor.js";

/**
 * Negative PSNR in dB for a value range of 1: 10 log10(mse + eps) of each image, averaged over the batch. [N, ...] ->
 * scalar.
 */
export function psnrLoss(prediction: Tensor, target: Tensor, eps = 1e-8): Tensor {
  const axes = [...prediction.shape.keys()].slice(1);
  const mse = mean(square(sub(prediction, target)), { axes });
  return mul(mean(log(add(mse, eps))), 10 / Math.LN10);
}
