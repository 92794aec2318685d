/**
 * @file Training of a model's uncertainty: the error of a held predictor at each pixel, by likelihood (Nix and Weigend
 * 1994; Kendall and Gal 2017).
 */
import * as z from "zod";
import { add, mul, neg } from "../../graph/ops/arithmetic.js";
import { exp, square } from "../../graph/ops/elementwise.js";
import { mean } from "../../graph/ops/mean.js";
import { concat } from "../../graph/ops/shape.js";
import type { Tensor } from "../../graph/tensor.js";
import { input } from "../../graph/tensor.js";
import { logDeviation } from "../../networks/deviation-network.js";
import type { Network } from "../../networks/network.js";
import type { UncertaintyConfig } from "../../restoration/model-config.js";
import { floats } from "../../runtime/session.js";
import { DropoutMasks } from "../dropout-masks.js";
import type { Objective } from "../objective.js";
import { differenceFrom, type FrozenNetwork, frozenWeights, predictorInputs } from "./frozen-network.js";
import type { BatchShape } from "./predictor.js";

export const uncertaintyTrainingSchema = z.strictObject({ kind: z.literal("uncertainty") });

/** -log p(x0 - P(y)), or of its fine detail, under a Gaussian with the predicted deviation. */
export function uncertaintyObjective(
  network: Network,
  { finePx }: Pick<UncertaintyConfig, "finePx">,
  predictor: FrozenNetwork,
  shape: BatchShape,
): Objective {
  const { given, y, prediction } = predictorInputs(predictor, shape);
  const x0 = input("x0", y.shape);
  const masks = new DropoutMasks();
  const logSigma = logDeviation(network, { image: concat([y, prediction!], 1), dropout: masks.dropout });
  return {
    parameters: network.parameters,
    inputs: [given, x0, ...masks.inputs],
    frozen: frozenWeights([predictor]),
    loss: gaussianLikelihoodLoss(differenceFrom(prediction, x0, finePx), logSigma),
    feeds: (batch, rng) => ({
      y: floats(batch.y, given.shape),
      x0: floats(batch.x0, x0.shape),
      ...masks.values(rng.fork("dropout")),
    }),
  };
}

/**
 * Negative log-likelihood of errors under a Gaussian with a predicted standard deviation (Nix and Weigend 1994):
 * mean(log sigma + error^2 / (2 sigma^2)), a scalar; the constant log(2 pi) / 2 is left out. error: [N, C, H, W];
 * logSigma: the same shape, or one channel for all. The minimum is where sigma^2 equals the mean squared error.
 */
const gaussianLikelihoodLoss = (error: Tensor, logSigma: Tensor): Tensor =>
  mean(add(mul(square(mul(error, exp(neg(logSigma)))), 0.5), logSigma));
