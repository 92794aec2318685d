/**
 * @file Ways to make a restorer, compared at equal compute: data from which the runs follow. Compute is counted in multiply-adds of
 * training, so that the comparison is the same on every machine.
 */

import { UnblurError } from "../base/errors.js";
import type { NetworkConfig } from "../networks/catalog.js";
import { networkMultiplyAdds } from "../networks/cost.js";
import type { DiffusionConfig, SamplingConfig } from "../restoration/model-config.js";
import { heldParts } from "../training/objectives/catalog.js";
import type { RunConfig } from "../training/run-config.js";

export interface RecipeStage {
  readonly name: string;
  /** Of the recipe's compute. */
  readonly share: number;
  /** The change of the base run; its `steps` follow from the compute. */
  change(base: RunConfig): RunConfig;
}

export interface Recipe {
  readonly name: string;
  readonly summary: string;
  /** Compared by their restorations with any number of steps, at two seeds and more; the others vary one choice of the predictor alone. */
  readonly kind: "recipe" | "sweep";
  /** In order: a stage builds on the predictor of the one before. */
  readonly stages: readonly RecipeStage[];
}

/** A training step computes a pass and two of its cost for the gradients of inputs and weights. */
const PASSES_PER_STEP = 3;

/** Multiply-adds of one training step: what is trained, and one pass of each held part. */
export function stepMultiplyAdds({ model, objective, data, batchSize }: RunConfig): number {
  const pass = (network: NetworkConfig) => batchSize * networkMultiplyAdds(network, data.patchPx);
  return heldParts(model, objective).reduce(
    (sum, part) => sum + pass(model[part]!.network),
    PASSES_PER_STEP * pass(model[objective.kind]!.network),
  );
}

export interface RecipeRun {
  readonly stage: string;
  readonly config: RunConfig;
}

/** The runs of a recipe, which together take as many multiply-adds as the base run, to within a batch each. */
export function recipeRuns({ name, stages }: Recipe, base: RunConfig, seed: number): RecipeRun[] {
  const budget = base.steps * stepMultiplyAdds(base);
  return stages.map(({ name: stage, share, change }) => {
    const changed = change({ ...base, seed });
    const steps = Math.round((share * budget) / stepMultiplyAdds(changed));
    return { stage, config: { ...changed, steps, name: `${name}-${stage}-${seed}` } };
  });
}

const predictorOf = ({ model }: RunConfig) => {
  const { network } = model.predictor!;
  if (network.architecture !== "residual-unet")
    throw new UnblurError(
      "config",
      `recipes: the base's predictor must be a residual-unet, got ${network.architecture}`,
    );
  return network;
};
type ResidualUnet = ReturnType<typeof predictorOf>;

const withNetwork =
  (change: Partial<ResidualUnet>) =>
  (base: RunConfig): RunConfig => ({
    ...base,
    model: { ...base.model, predictor: { ...base.model.predictor!, network: { ...predictorOf(base), ...change } } },
  });

/** A network of the base's size that sees a noise level, too. */
const denoiser = (base: RunConfig, inChannels: number): NetworkConfig => ({
  ...predictorOf(base),
  ...{ inChannels, levelChannels: 48, normalise: true, addInput: false },
});

const COSINE = { kind: "cosine", T: 1000, offset: 0.008, maxBeta: 0.999, zeroTerminalSnr: false } as const;

const diffusionRun = (
  base: RunConfig,
  predictor: RunConfig["model"]["predictor"],
  diffusion: DiffusionConfig,
  sampling: SamplingConfig,
  levels: Extract<RunConfig["objective"], { kind: "diffusion" }>["levels"],
): RunConfig => ({
  ...base,
  model: { motion: null, predictor, diffusion, sampling },
  objective: { kind: "diffusion", loss: "l2", weighting: "prediction", levels },
  maxGradNorm: 1,
});

const whole: RecipeStage = { name: "whole", share: 1, change: (base) => base };

const RESIDUAL_REFINER: RecipeStage = {
  name: "refiner",
  share: 0.5,
  change: (base) =>
    diffusionRun(
      base,
      base.model.predictor,
      {
        ...{ network: denoiser(base, 9), prediction: "v", schedule: COSINE },
        ...{ scale: 0.15, ofPhoto: false, finePx: null, clip: true },
      },
      {
        ...{ sampler: { kind: "ddim", eta: 1, clip: false }, spacing: { kind: "log-snr", lowest: -6, highest: -2 } },
        ...{ start: "gaussian", steps: 4 },
      },
      { kind: "log-snr", lowest: -7, highest: 6 },
    ),
};

const BRIDGE: RecipeStage = {
  name: "whole",
  share: 1,
  change: (base) =>
    diffusionRun(
      base,
      null,
      {
        ...{ network: denoiser(base, 6), prediction: "v", schedule: { kind: "bridge", T: 1000, betaMax: 13 } },
        ...{ scale: 0.15, ofPhoto: true, finePx: null, clip: true },
      },
      {
        ...{ sampler: { kind: "ancestral", variance: "posterior" }, spacing: { kind: "trailing" } },
        ...{ start: "zero", steps: 4 },
      },
      { kind: "index" },
    ),
};

/**
 * The study's network, loss, schedule, noise levels and crops, at a width that gives the size of the others. Its learning rate of 1e-5 is
 * made for a million steps; here Adam runs at 2e-4, falling, as all others do.
 */
const PAPER: RecipeStage = {
  name: "whole",
  share: 1,
  change: (base) => ({
    ...diffusionRun(
      base,
      null,
      {
        network: {
          ...{ architecture: "conditional-unet", inChannels: 6, outChannels: 3, width: 20, multipliers: [1, 2, 2, 2] },
          ...{ blocksPerLevel: 2, groups: 4, dropout: 0.2 },
          ...{ attention: "linear", attentionLevels: null, attentionResidual: false },
        },
        ...{ prediction: "eps", schedule: { kind: "linear", T: 2000, start: 1e-4, end: 0.05, zeroTerminalSnr: false } },
        ...{ scale: 1, ofPhoto: false, finePx: null, clip: true },
      },
      {
        ...{ sampler: { kind: "ancestral", variance: "posterior" }, spacing: { kind: "trailing" } },
        ...{ start: "gaussian", steps: 10 },
      },
      { kind: "between-neighbours" },
    ),
    objective: { kind: "diffusion", loss: "l1", weighting: "prediction", levels: { kind: "between-neighbours" } },
    data: { ...base.data, patchPx: 64 },
    optimiser: { kind: "adam", beta1: 0.9, beta2: 0.999, eps: 1e-8, weightDecay: 0 },
    learningRate: { ...base.learningRate, peak: 2e-4 },
    maxGradNorm: null,
  }),
};

const filmed = new Set(["gopro", "frames"]);
const onlySources =
  (keep: (layout: string) => boolean) =>
  (base: RunConfig): RunConfig => ({
    ...base,
    data: { ...base.data, sources: base.data.sources.filter(({ layout }) => keep(layout)) },
  });

const sweep = (name: string, summary: string, change: RecipeStage["change"]): Recipe => ({
  ...{ name, summary, kind: "sweep", stages: [{ name: "whole", share: 1, change }] },
});

export const RECIPES: readonly Recipe[] = [
  {
    ...{ name: "predictor", kind: "recipe", stages: [whole] },
    summary: "a predictor alone",
  },
  {
    ...{ name: "residual", kind: "recipe" },
    summary: "half for a predictor, half for a v-diffusion of its scaled residual",
    stages: [{ ...whole, name: "predictor", share: 0.5 }, RESIDUAL_REFINER],
  },
  { name: "bridge", kind: "recipe", summary: "a bridge from the blurry photo to the sharp one", stages: [BRIDGE] },
  { name: "paper", kind: "recipe", summary: "the paper's conditional DDPM, at this size", stages: [PAPER] },
  sweep(
    "unshuffle-4",
    "all at a quarter of the resolution, wider",
    withNetwork({ unshuffle: 4, widths: [64, 104], blocks: [2, 3], middleBlocks: 1 }),
  ),
  sweep("wide", "wider, fewer blocks", withNetwork({ widths: [44, 88, 120], blocks: [1, 1, 1], middleBlocks: 1 })),
  sweep("deep", "narrower, more blocks", withNetwork({ widths: [24, 48, 72], blocks: [2, 4, 4], middleBlocks: 2 })),
  sweep("normalised", "blocks normalised", withNetwork({ normalise: true })),
  sweep("adamw", "AdamW instead of Muon", (base) => ({
    ...base,
    optimiser: { kind: "adamw", beta1: 0.9, beta2: 0.99, eps: 1e-8, weightDecay: 0.02 },
    learningRate: { ...base.learningRate, peak: 8e-4 },
  })),
  sweep("small-crops", "crops of 64 px, four times as many", (base) => ({
    ...base,
    data: { ...base.data, patchPx: 64 },
  })),
  sweep(
    "filmed",
    "only filmed pairs and averaged frames",
    onlySources((layout) => filmed.has(layout)),
  ),
  sweep(
    "synthetic",
    "only photos blurred by the program",
    onlySources((layout) => !filmed.has(layout)),
  ),
];
