/**
 * @file Negative log-likelihood of errors under a Gaussian with a predicted standard deviation (Nix and Weigend 1994).
 */
import { add, mul, neg } from "../../graph/ops/arithmetic.js";
import { exp, square } from "../../graph/ops/elementwise.js";
import { mean } from "../../graph/ops/mean.js";
import type { Tensor } from "../../graph/tensor.js";

/**
 * mean(log sigma + error^2 / (2 sigma^2)), a scalar; the constant log(2 pi) / 2 is left out. error: [N, C, H, W];
 * logSigma: the same shape, or one channel for all. The minimum is where sigma^2 equals the mean squared error.
 */
export const gaussianLikelihoodLoss = (error: Tensor, logSigma: Tensor): Tensor =>
  mean(add(mul(square(mul(error, exp(neg(logSigma)))), 0.5), logSigma));
