/** @file What can be trained, by name, and from a model's description to the loss that trains a part of it. */
import * as z from "zod";
import { UnblurError } from "../../base/errors.js";
import { createNetwork } from "../../networks/catalog.js";
import type { Network } from "../../networks/network.js";
import type { Weights } from "../../nn/parameters.js";
import type { ModelConfig, Part } from "../../restoration/model-config.js";
import type { Objective } from "../objective.js";
import { diffusionObjective, diffusionTrainingSchema } from "./diffusion.js";
import { type BatchShape, predictorObjective, predictorTrainingSchema } from "./predictor.js";

/** Which part of the model is trained, and by what loss. */
export const objectiveSchema = z.discriminatedUnion("kind", [predictorTrainingSchema, diffusionTrainingSchema]);
export type ObjectiveConfig = z.infer<typeof objectiveSchema>;

/** A diffusion of the residual builds on a trained predictor: its weights must be at hand. */
export const needsPredictor = (model: ModelConfig, objective: ObjectiveConfig): boolean =>
  objective.kind === "diffusion" && model.predictor !== null;

/** The network of the part that is trained. Throws `config` if the model has no such part. */
export function trainedNetwork(model: ModelConfig, part: Part): Network {
  const config = model[part];
  if (!config)
    throw new UnblurError("config", `objective "${part}": the model has no ${part}; describe it under model.${part}`);
  return createNetwork(config.network);
}

/** `predictorWeights`: those of the model's predictor, if `needsPredictor` says so. */
export function createObjective(
  model: ModelConfig,
  config: ObjectiveConfig,
  predictorWeights: Weights | null,
  shape: BatchShape,
): Objective {
  const network = trainedNetwork(model, config.kind);
  if (shape.patchPx % network.multiple !== 0) {
    throw new UnblurError(
      "config",
      `patchPx must be a multiple of ${network.multiple}, which the network needs, and is ${shape.patchPx}`,
    );
  }
  if (config.kind === "predictor") return predictorObjective(network, config, shape);
  if (!needsPredictor(model, config)) return diffusionObjective(network, model.diffusion!, config, null, shape);
  if (!predictorWeights)
    throw new UnblurError(
      "config",
      "training the diffusion of a residual needs a trained predictor: name its run or model under predictorFrom",
    );
  return diffusionObjective(
    network,
    model.diffusion!,
    config,
    { network: createNetwork(model.predictor!.network), weights: predictorWeights },
    shape,
  );
}
