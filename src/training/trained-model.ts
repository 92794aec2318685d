/** @file Converts a run to a model that restores photos. */
import { UnblurError } from "../base/errors.js";
import type { Weights } from "../nn/parameters.js";
import type { ModelConfig } from "../restoration/model-config.js";
import type { Model } from "../restoration/restorer.js";
import { heldParts, type ObjectiveConfig, partOf } from "./objectives/catalog.js";
import { EMA, type StateValues, WEIGHTS } from "./state.js";

const PREFIX = `${WEIGHTS}/`;

/** Weights of a state by parameter, averaged ones if there are any. Not copies. */
export function weightsFromState(state: StateValues): Weights {
  const labels = [...state.keys()].filter((name) => name.startsWith(PREFIX)).map((name) => name.slice(PREFIX.length));
  return new Map(labels.map((label) => [label, (state.get(`${EMA}/${label}`) ?? state.get(PREFIX + label))!]));
}

/**
 * Config of the model that a run has trained so far: only the predictor during and after the predictor's training, also
 * the uncertainty once that is trained, and all of it once the diffusion is. A generator that blurs is all of its model.
 */
export function trainedConfig(config: ModelConfig, objective: ObjectiveConfig): ModelConfig {
  const part = partOf(objective);
  if (part === "diffusion") return config;
  const { uncertainty, ...rest } = config;
  const kept = part === "uncertainty" && uncertainty ? { uncertainty } : {};
  return { ...rest, ...kept, diffusion: null, sampling: null };
}

/**
 * The model that a run has trained so far. `built`: weights of the parts it was trained with: the motion network's, and
 * those that `heldParts` names.
 */
export function trainedModel(
  name: string,
  config: ModelConfig,
  objective: ObjectiveConfig,
  weights: Weights,
  built: Model["weights"],
): Model {
  const needed = [...(config.motion ? (["motion"] as const) : []), ...heldParts(config, objective)];
  for (const basis of needed)
    if (!built[basis])
      throw new UnblurError(
        "checkpoint",
        `run "${name}": expected the weights of the ${basis} that it builds on, got none`,
      );
  return { name, config: trainedConfig(config, objective), weights: { ...built, [partOf(objective)]: weights } };
}
