/** @file Changes a trained model's sampling or pooling for a measurement; the weights stay. */
import { UnblurError } from "../base/errors.js";
import { withPooling } from "../networks/with-pooling.js";
import type { Model } from "../restoration/restorer.js";
import type { ModelChanges } from "./plan.js";

/** The changed model. Throws `config` for a change that does not apply to the model. */
export function changeModel(model: Model, { sampling, poolLikePx }: ModelChanges): Model {
  const { predictor, sampling: own } = model.config;
  if (sampling && !own)
    throw new UnblurError(
      "config",
      `model "${model.name}": expected a diffusion whose sampling can be changed, got none`,
    );
  if (poolLikePx !== undefined && !predictor)
    throw new UnblurError(
      "config",
      `model "${model.name}": expected a predictor whose pooling can be changed, got none`,
    );
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
