/** @file A model whose predictor takes other means, with the same weights. */
import { UnblurError } from "../base/errors.js";
import { withPooling } from "../networks/with-pooling.js";
import type { Pooling } from "../nn/pooling.js";
import type { Model } from "./restorer.js";

/** Throws `config` for a model without a predictor, or whose predictor takes no means. */
export function poolOtherwise(model: Model, pooling: Pooling): Model {
  const { predictor } = model.config;
  if (!predictor)
    throw new UnblurError("config", `model "${model.name}": expected a predictor to pool otherwise, got none`);
  return {
    ...model,
    config: { ...model.config, predictor: { ...predictor, network: withPooling(predictor.network, pooling) } },
  };
}
