/** @file A trained model as it is measured: sampled otherwise, or pooling otherwise, with the same weights. */
import { UnblurError } from "../base/errors.js";
import { withPooling } from "../networks/with-pooling.js";
import type { Model } from "../restoration/model-restorer.js";
import type { ModelChanges } from "./plan.js";

/** Throws `config` for a change the model has no place for. */
export function changeModel(model: Model, { sampling, poolLikePx }: ModelChanges): Model {
  const { predictor, sampling: own } = model.config;
  if (sampling && !own)
    throw new UnblurError("config", `model "${model.name}": expected a diffusion to sample otherwise, got none`);
  if (poolLikePx !== undefined && !predictor)
    throw new UnblurError("config", `model "${model.name}": expected a predictor to pool otherwise, got none`);
  return {
    ...model,
    config: {
      ...model.config,
      predictor:
        predictor && poolLikePx !== undefined
          ? {
              ...predictor,
              network: withPooling(predictor.network, { kind: "local", trainPx: poolLikePx }),
            }
          : predictor,
      sampling: own && { ...own, ...sampling },
    },
  };
}
