/**
 * @file Training of a diffusion network: the paper's eq. 7 and its loss, for the image itself or for the normalised
 * residual relative to a held predictor or to the photo.
 */
import * as z from "zod";
import { argumentError } from "../../base/errors.js";
import { losses, lossSchema } from "../../diffusion/losses.js";
import { inputScale, levelInput } from "../../diffusion/network-input.js";
import { predictions } from "../../diffusion/predictions.js";
import { createProcess, sdeOf } from "../../diffusion/process.js";
import { drawTrainingLevels, trainingLevelsSchema } from "../../diffusion/training-levels.js";
import { weightingSchema, weightOf } from "../../diffusion/weightings.js";
import { add, div, mul } from "../../graph/ops/arithmetic.js";
import { concat } from "../../graph/ops/shape.js";
import { input, type Tensor } from "../../graph/tensor.js";
import { deviationNetwork } from "../../networks/deviation-network.js";
import type { Network } from "../../networks/network.js";
import type { DiffusionConfig } from "../../restoration/model-config.js";
import { floats } from "../../runtime/session.js";
import { DropoutMasks } from "../dropout-masks.js";
import type { Objective } from "../objective.js";
import { differenceFrom, type FrozenNetwork, frozenWeights, predictorInputs } from "./frozen-network.js";
import type { BatchShape } from "./predictor.js";

export const diffusionTrainingSchema = z.strictObject({
  kind: z.literal("diffusion"),
  loss: lossSchema.default("l1"),
  weighting: weightingSchema.default("prediction").describe("weight of each noise level"),
  levels: trainingLevelsSchema.describe("distribution of noise levels"),
});
export type DiffusionTraining = z.infer<typeof diffusionTrainingSchema>;

/** Trained networks that the diffusion builds on. */
export interface DiffusionBasis {
  readonly predictor?: FrozenNetwork | null;
  /** Present if the config's scale is "uncertainty". */
  readonly uncertainty?: FrozenNetwork | null;
}

export function diffusionObjective(
  network: Network,
  config: DiffusionConfig,
  training: DiffusionTraining,
  { predictor = null, uncertainty = null }: DiffusionBasis,
  { batchSize, patchPx }: BatchShape,
): Objective {
  const shape = [batchSize, 3, patchPx, patchPx];
  const perSample = [batchSize, 1, 1, 1];
  const forward = createProcess(config.schedule);
  const rule = predictions[config.prediction];
  const { given, y, prediction } = predictorInputs(predictor, { batchSize, patchPx });
  const x0 = input("x0", shape);
  const eps = input("eps", shape);
  const level = input("level", [batchSize, 1]);
  const [signal, noise] = [input("signal", perSample), input("noise", perSample)];
  const [targetX0, targetEps] = [input("target/x0", perSample), input("target/eps", perSample)];
  // Multiply the difference by the root of its weight, which with l2 gives the weight itself. Omitted if all weights
  // are 1.
  const weighted = training.weighting !== "prediction";
  const rootWeight = input("weight", perSample);
  const sde = sdeOf(forward);
  const masks = new DropoutMasks();

  const base = prediction ?? (config.ofPhoto ? y : null);
  const difference = differenceFrom(base, x0, config.finePx);
  const clean =
    config.scale === "uncertainty"
      ? div(difference, deviationOf(uncertainty, concat([y, prediction!], 1)))
      : mul(difference, 1 / config.scale);
  // Eq. 7, as input of the network: signal and noise are fed already multiplied by `inputScale`.
  const xt = add(mul(clean, signal), mul(eps, noise));
  const image = concat(prediction ? [y, prediction, xt] : [y, xt], 1);
  const output = network.forward({ image, level, dropout: masks.dropout }).at(-1)!;
  const target = add(mul(clean, targetX0), mul(eps, targetEps));

  return {
    parameters: network.parameters,
    inputs: [
      given,
      x0,
      eps,
      level,
      signal,
      noise,
      targetX0,
      targetEps,
      ...(weighted ? [rootWeight] : []),
      ...masks.inputs,
    ],
    frozen: frozenWeights([predictor, uncertainty]),
    loss: weighted
      ? losses[training.loss].graph(mul(output, rootWeight), mul(target, rootWeight))
      : losses[training.loss].graph(output, target),
    feeds(batch, rng) {
      const levels = drawTrainingLevels(training.levels, forward, rng.fork("level"), batchSize);
      const each = (value: (index: number) => number) => Float32Array.from({ length: batchSize }, (_, i) => value(i));
      const targets = levels.map((at) => rule.target(at));
      return {
        y: floats(batch.y, given.shape),
        x0: floats(batch.x0, shape),
        eps: floats(rng.fork("eps").normals(eps.size), shape),
        level: floats(
          each((i) => levelInput(levels[i]!)),
          [batchSize, 1],
        ),
        signal: floats(
          each((i) => levels[i]!.signal * inputScale(levels[i]!)),
          perSample,
        ),
        noise: floats(
          each((i) => levels[i]!.noise * inputScale(levels[i]!)),
          perSample,
        ),
        "target/x0": floats(
          each((i) => targets[i]!.x0),
          perSample,
        ),
        "target/eps": floats(
          each((i) => targets[i]!.eps),
          perSample,
        ),
        ...(weighted
          ? {
              weight: floats(
                each((i) => Math.sqrt(weightOf(training.weighting, config.prediction, levels[i]!, sde))),
                perSample,
              ),
            }
          : {}),
        ...masks.values(rng.fork("dropout")),
      };
    },
  };
}

/** [N, 6, H, W] -> the standard deviation of the residual, [N, 1 or 3, H, W]. */
function deviationOf(uncertainty: FrozenNetwork | null, image: Tensor): Tensor {
  if (!uncertainty)
    throw argumentError("diffusionObjective", 'scale "uncertainty" needs a trained uncertainty network', "none");
  return deviationNetwork(uncertainty.network).forward({ image }).at(-1)!;
}
