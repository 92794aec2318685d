/** @file From the paper's run to one of the same form that this machine can train: what is replaced, as data. */
import type { TrainingLevelsConfig } from "../diffusion/training-levels.js";
import { parseRunConfig, type RunConfig } from "../training/run-config.js";
import type { Setting } from "./plan.js";

export interface Reduction {
  /** Replaces fields of the trained network's config. */
  readonly network?: Readonly<Record<string, unknown>>;
  readonly sampling?: Readonly<Record<string, unknown>>;
  /** How noise levels are drawn in training, of a diffusion. */
  readonly levels?: TrainingLevelsConfig;
  /** Pairs a step at crops of 64 px; at 128 px a quarter of it, so that a step sees as many pixels. */
  readonly batchSize: number;
  readonly steps: number;
  readonly peak: number;
}

/** What a method's run is called, its crops, and how its network differs from the config's. */
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
  const part = model[objective.kind]!;
  const changed: unknown = {
    ...config,
    name,
    model: {
      ...model,
      [objective.kind]: { ...part, network: { ...part.network, ...network, ...reduction?.network } },
      sampling: model.sampling && { ...model.sampling, ...reduction?.sampling },
    },
    objective: { ...objective, ...(reduction?.levels ? { levels: reduction.levels } : {}) },
    data: { ...data, patchPx: cropPx, sources: [setting.data.training] },
    samplesEvery: null,
    ...(reduction ? shorter(reduction, cropPx) : {}),
  };
  return parseRunConfig(changed, `experiment run "${name}"`);
}

/** Training within minutes or hours: a higher rate that falls to almost nothing. Checkpoints often enough to lose little. */
const shorter = ({ batchSize, steps, peak }: Reduction, cropPx: number) => ({
  batchSize: Math.max(1, Math.round(batchSize * (FULL_BATCH_PX / cropPx) ** 2)),
  steps,
  learningRate: { kind: "cosine", peak, warmUpSteps: Math.ceil(steps / 20), finalFraction: 0.02 },
  maxGradNorm: 1,
  checkpointEvery: { steps: Math.max(1, Math.ceil(steps / 4)), minutes: 5 },
  keep: 1,
});
