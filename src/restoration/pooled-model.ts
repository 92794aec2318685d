/** @file Changes the pooling of a model's predictor and keeps its weights. */
import { UnblurError } from "../base/errors.js";
import { type NetworkConfig, networkConfigSchema } from "../networks/catalog.js";
import type { Pooling } from "../nn/pooling.js";
import type { Model } from "./restorer.js";

/**
 * The network with the given pooling. Pooling has no parameters, so no training is needed. Throws `config` if it takes
 * no means.
 */
export function withPooling(network: NetworkConfig, pooling: Pooling): NetworkConfig {
  if (!("pooling" in network))
    throw new UnblurError(
      "config",
      `pooling: expected a network that takes means of the whole photo, got ${network.architecture}, which takes none`,
    );
  return networkConfigSchema.parse({ ...network, pooling });
}

/**
 * The model with another pooling in its predictor. Throws `config` for a model without a predictor, or without pooling.
 */
export function pooledModel(model: Model, pooling: Pooling): Model {
  const { predictor } = model.config;
  if (!predictor)
    throw new UnblurError(
      "config",
      `model "${model.name}": expected a predictor whose pooling can be changed, got none`,
    );
  return {
    ...model,
    config: { ...model.config, predictor: { ...predictor, network: withPooling(predictor.network, pooling) } },
  };
}
