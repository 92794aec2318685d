/** @file Changes a trained model's sampling or pooling for a measurement; the weights stay. */
import { UnblurError } from "../base/errors.js";
import { pooledModel } from "../restoration/pooled-model.js";
import type { Model } from "../restoration/restorer.js";
import type { ModelChanges } from "./plan.js";

/** The changed model. Throws `config` for a change that does not apply to the model. */
export function changeModel(model: Model, { sampling, poolLikePx }: ModelChanges): Model {
  const pooled = poolLikePx === undefined ? model : pooledModel(model, { kind: "local", trainPx: poolLikePx });
  if (!sampling) return pooled;
  const { sampling: own } = pooled.config;
  if (!own)
    throw new UnblurError(
      "config",
      `model "${model.name}": expected a diffusion whose sampling can be changed, got none`,
    );
  return { ...pooled, config: { ...pooled.config, sampling: { ...own, ...sampling } } };
}
