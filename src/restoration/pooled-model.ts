/** @file Changes the pooling of a model's predictor and keeps its weights. */
import { UnblurError } from "../base/errors.js";
import { withPooling } from "../networks/with-pooling.js";
import type { Pooling } from "../nn/pooling.js";
import type { Model } from "./restorer.js";

/** The model with another pooling in its predictor. Throws `config` for a model without a predictor, or without pooling. */
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
