/** @file From a run to a model that restores photos. */
import { UnblurError } from "../base/errors.js";
import type { Weights } from "../nn/parameters.js";
import type { ModelConfig } from "../restoration/model-config.js";
import type { Model } from "../restoration/model-restorer.js";
import type { ObjectiveConfig } from "./objectives/catalog.js";
import { EMA, type StateValues, WEIGHTS } from "./state.js";

const PREFIX = `${WEIGHTS}/`;

/** The weights of a state by parameter, the averaged ones where there are any. Not copies. */
export function weightsFromState(state: StateValues): Weights {
  const labels = [...state.keys()].filter((name) => name.startsWith(PREFIX)).map((name) => name.slice(PREFIX.length));
  return new Map(labels.map((label) => [label, (state.get(`${EMA}/${label}`) ?? state.get(PREFIX + label))!]));
}

/**
 * What a run makes of a model: a predictor alone while (or after) the predictor is trained, the whole once its diffusion is.
 * `built`: the weights of the parts it was trained on: the motion network's, and for a diffusion of the residual the predictor's.
 */
export function trainedModel(
  name: string,
  config: ModelConfig,
  { kind }: ObjectiveConfig,
  weights: Weights,
  built: Model["weights"],
): Model {
  const needed = (["motion", "predictor"] as const).filter((part) => part !== kind && config[part]);
  for (const part of needed)
    if (!built[part])
      throw new UnblurError("checkpoint", `run "${name}": the weights of the ${part} it builds on are missing`);
  const whole = { ...built, [kind]: weights };
  if (kind === "predictor") return { name, config: { ...config, diffusion: null, sampling: null }, weights: whole };
  return { name, config, weights: whole };
}
