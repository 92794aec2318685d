/** @file From the paper's run to one of the same form that this machine can train: what is replaced, as data. */
import { parseRunConfig, type RunConfig } from "../training/run-config.js";
import type { Setting } from "./plan.js";

export interface Reduction {
  /** Replaces fields of the trained network's config. */
  readonly network?: Readonly<Record<string, unknown>>;
  readonly sampling?: Readonly<Record<string, unknown>>;
  /** Pairs a step at crops of 64 px; at 128 px a quarter of it, so that a step sees as many pixels. */
  readonly batchSize: number;
  readonly steps: number;
  readonly peak: number;
}

const FULL_BATCH_PX = 64;

/** The run on this setting's data, with crops of `cropPx`. Checkpoints often enough that little is lost, few enough to be quick. */
export function runOn(
  setting: Setting,
  config: RunConfig,
  { name, cropPx, reduction }: { readonly name: string; readonly cropPx: number; readonly reduction: Reduction | null },
): RunConfig {
  const own = {
    ...config,
    name,
    data: { ...config.data, patchPx: cropPx, sources: [setting.data.training] },
    samplesEvery: null,
  };
  return parseRunConfig(reduction ? reduced(own, cropPx, reduction) : own, `experiment run "${name}"`);
}

function reduced(config: RunConfig, cropPx: number, { network, sampling, batchSize, steps, peak }: Reduction): unknown {
  const { predictor, diffusion } = config.model;
  const narrower = <P extends { readonly network: object } | null>(part: P) =>
    part && { ...part, network: { ...part.network, ...network } };
  const trained = config.objective.kind;
  return {
    ...config,
    model: {
      predictor: trained === "predictor" ? narrower(predictor) : predictor,
      diffusion: trained === "diffusion" ? narrower(diffusion) : diffusion,
      sampling: config.model.sampling && { ...config.model.sampling, ...sampling },
    },
    batchSize: Math.max(1, Math.round(batchSize * (FULL_BATCH_PX / cropPx) ** 2)),
    steps,
    learningRate: { kind: "cosine", peak, warmUpSteps: Math.ceil(steps / 20), finalFraction: 0.02 },
    maxGradNorm: 1,
    checkpointEvery: { steps: Math.max(1, Math.ceil(steps / 4)), minutes: 5 },
    keep: 1,
  };
}
