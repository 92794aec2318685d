/** @file A trained model as it is measured: sampled otherwise, or pooling otherwise, with the same weights. */
import { UnblurError } from "../base/errors.js";
import type { Model } from "../restoration/model-restorer.js";
import type { ModelChanges } from "./plan.js";

/** Throws `config` for a change the model has no place for. */
export function changeModel(model: Model, { sampling, pooling }: ModelChanges): Model {
  const { config } = model;
  if (sampling && !config.sampling)
    throw new UnblurError("config", `model "${model.name}": expected a diffusion to sample otherwise, got none`);
  if (pooling) throw new UnblurError("config", `model "${model.name}": expected a network that pools, got none`);
  return {
    ...model,
    config: { ...config, sampling: config.sampling && { ...config.sampling, ...sampling } },
  };
}
