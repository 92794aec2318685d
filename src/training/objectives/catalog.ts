/** @file Catalog of objectives, and the loss that trains a part of a model. */
import * as z from "zod";
import { UnblurError } from "../../base/errors.js";
import { type DataConfig, kernelSidePx } from "../../data/config.js";
import { createNetwork } from "../../networks/catalog.js";
import type { Network } from "../../networks/network.js";
import { FEATURE_NETWORKS } from "../../nn/backbones/catalog.js";
import type { ModelConfig, Part } from "../../restoration/model-config.js";
import type { Model } from "../../restoration/restorer.js";
import type { Objective } from "../objective.js";
import {
  adversarialObjective,
  adversarialTrainingSchema,
  type ContentFeatures,
  FEATURE_LOSSES,
  type FeatureLoss,
  isFeatureLoss,
} from "./adversarial.js";
import { blurObjective, blurTrainingSchema } from "./blur.js";
import { diffusionObjective, diffusionTrainingSchema } from "./diffusion.js";
import type { FrozenNetwork } from "./frozen-network.js";
import {
  type BatchShape,
  knownKernelTrainingSchema,
  predictorObjective,
  predictorTrainingSchema,
} from "./predictor.js";
import { uncertaintyObjective, uncertaintyTrainingSchema } from "./uncertainty.js";

/** The part of the model that is trained, and its loss. */
export const objectiveSchema = z.discriminatedUnion("kind", [
  predictorTrainingSchema,
  adversarialTrainingSchema,
  uncertaintyTrainingSchema,
  diffusionTrainingSchema,
  blurTrainingSchema,
  knownKernelTrainingSchema,
]);
export type ObjectiveConfig = z.infer<typeof objectiveSchema>;

/** The part of the model that an objective trains. */
export const partOf = ({ kind }: Pick<ObjectiveConfig, "kind">): Exclude<Part, "motion"> =>
  kind === "adversarial" ? "predictor" : kind;

/** The loss that compares features of a network whose weights the user imports; null if none does. */
export const comparesFeatures = (config: ObjectiveConfig): FeatureLoss | null =>
  "content" in config && isFeatureLoss(config.content) ? config.content : null;

/** Parts whose trained weights an objective needs, because its loss uses them and does not train them. */
export function heldParts(model: ModelConfig, { kind }: ObjectiveConfig): readonly ("predictor" | "uncertainty")[] {
  if (kind !== "uncertainty" && kind !== "diffusion") return [];
  const scaled = kind === "diffusion" && model.diffusion?.scale === "uncertainty";
  return [...(model.predictor ? (["predictor"] as const) : []), ...(scaled ? (["uncertainty"] as const) : [])];
}

/** The network of the trained part. Throws `config` if the model has no such part. */
export function trainedNetwork(model: ModelConfig, part: Part): Network {
  const config = model[part];
  if (!config)
    throw new UnblurError("config", `objective "${part}": the model has no ${part}; describe it under model.${part}`);
  return createNetwork(config.network);
}

/** Shape of the batches of a run. */
export const batchShape = ({
  batchSize,
  data,
}: {
  readonly batchSize: number;
  readonly data: DataConfig;
}): BatchShape => ({ batchSize, patchPx: data.patchPx, ...(data.kernels ? { kernelPx: kernelSidePx(data) } : {}) });

/**
 * `held`: weights of the parts listed by `heldParts`; `content`: the network of the loss listed by `comparesFeatures`.
 * Throws `config` if one is missing.
 */
export function createObjective(
  model: ModelConfig,
  config: ObjectiveConfig,
  held: Model["weights"],
  shape: BatchShape,
  content: ContentFeatures | null = null,
): Objective {
  const network = trainedNetwork(model, partOf(config));
  const multiple = network.trainedMultiple ?? network.multiple;
  if (shape.patchPx % multiple !== 0) {
    throw new UnblurError("config", `patchPx must be a multiple of ${multiple} for this network, got ${shape.patchPx}`);
  }
  if (config.kind === "predictor" || config.kind === "knownKernel") return predictorObjective(network, config, shape);
  if (config.kind === "adversarial" || config.kind === "blur") {
    const compared = comparesFeatures(config);
    if (compared && !content)
      throw new UnblurError(
        "config",
        `objective.content "${compared}" compares features of ${FEATURE_NETWORKS[FEATURE_LOSSES[compared].network].label}, whose weights are not here; choose "l1", or give them`,
      );
    return config.kind === "blur"
      ? blurObjective(network, config, content, shape)
      : adversarialObjective(network, config, content, shape);
  }
  const basis: { predictor?: FrozenNetwork; uncertainty?: FrozenNetwork } = {};
  for (const part of heldParts(model, config)) {
    const weights = held[part];
    if (!weights)
      throw new UnblurError(
        "config",
        `objective "${config.kind}" needs a trained ${part}: name its run or model under ${part}From`,
      );
    basis[part] = { network: trainedNetwork(model, part), weights };
  }
  return config.kind === "uncertainty"
    ? uncertaintyObjective(network, model.uncertainty!, basis.predictor!, shape)
    : diffusionObjective(network, model.diffusion!, config, basis, shape);
}
