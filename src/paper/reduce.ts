/** @file Reduces the paper's run to one that this machine can train, as a list of replacements. */
import type { TrainingLevelsConfig } from "../diffusion/training-levels.js";
import { partOf } from "../training/objectives/catalog.js";
import { parseRunConfig, type RunConfig } from "../training/run-config.js";
import type { Setting } from "./plan.js";

export interface Reduction {
  /** Replacements of fields in the trained network's config. */
  readonly network?: Readonly<Record<string, unknown>>;
  readonly sampling?: Readonly<Record<string, unknown>>;
  /** Distribution of the noise levels in training, for a diffusion. */
  readonly levels?: TrainingLevelsConfig;
  /** Replacements of fields in the objective. */
  readonly objective?: Readonly<Record<string, unknown>>;
  /** Pairs per step at crops of 64 px; a quarter at 128 px, so that a step has as many pixels. */
  readonly batchSize: number;
  readonly steps: number;
  readonly peak: number;
}

/** Name and crops of a method's run, and changes of its network. */
export interface RunChanges {
  readonly name: string;
  readonly cropPx: number;
  readonly network: Readonly<Record<string, unknown>>;
  readonly reduction: Reduction | null;
}

const FULL_BATCH_PX = 64;

/** The run on this setting's data, with crops of `cropPx`. */
export function runOn(
  setting: Setting,
  config: RunConfig,
  { name, cropPx, network, reduction }: RunChanges,
): RunConfig {
  const { model, objective, data } = config;
  const part = model[partOf(objective)]!;
  const changed: unknown = {
    ...config,
    name,
    model: {
      ...model,
      [partOf(objective)]: { ...part, network: { ...part.network, ...network, ...reduction?.network } },
      sampling: model.sampling && { ...model.sampling, ...reduction?.sampling },
    },
    objective: { ...objective, ...reduction?.objective, ...(reduction?.levels ? { levels: reduction.levels } : {}) },
    data: { ...data, patchPx: cropPx, sources: [setting.data.training] },
    samplesEvery: null,
    ...(reduction ? shorter(reduction, cropPx) : {}),
  };
  return parseRunConfig(changed, `experiment run "${name}"`);
}

/**
 * Settings for training within minutes or hours: a higher learning rate that decays to almost zero, and frequent
 * checkpoints.
 */
const shorter = ({ batchSize, steps, peak }: Reduction, cropPx: number) => ({
  batchSize: Math.max(1, Math.round(batchSize * (FULL_BATCH_PX / cropPx) ** 2)),
  steps,
  learningRate: { kind: "cosine", peak, warmUpSteps: Math.ceil(steps / 20), finalFraction: 0.02 },
  maxGradNorm: 1,
  checkpointEvery: { steps: Math.max(1, Math.ceil(steps / 4)), minutes: 5 },
  keep: 1,
});
