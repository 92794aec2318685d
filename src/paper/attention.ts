/** @file The paper's 3.3 and 4.5: attention in the conditional U-Net; quality after equal training, and what it costs. */
import { parseRunConfig, type RunConfig } from "../training/run-config.js";
import { attentionReport } from "./attention-report.js";
import { METHODS, methodRun } from "./methods.js";
import type { CostTask, EvaluationTask, Experiment, PlannedRun, Setting } from "./plan.js";
import { crops64, crops128 } from "./test-sets.js";

export interface AttentionVariant {
  readonly id: string;
  readonly label: string;
  /** Replaces fields of the network's config; null is the paper's own. */
  readonly network: Readonly<Record<string, unknown>> | null;
}

/** Every position with every other costs too much on fine levels: the two coarsest, as is usual. */
const SOFTMAX = { attention: "softmax", attentionLevels: [2, 3] } as const;

export const ATTENTION_VARIANTS: readonly AttentionVariant[] = [
  { id: "linear", label: "linear, no residual (the paper's)", network: null },
  { id: "linear-residual", label: "linear, residual", network: { attention: "linear", attentionResidual: true } },
  { id: "softmax", label: "softmax at low resolution, no residual", network: { ...SOFTMAX, attentionResidual: false } },
  {
    id: "softmax-residual",
    label: "softmax at low resolution, residual",
    network: { ...SOFTMAX, attentionResidual: true },
  },
  { id: "none", label: "none", network: { attention: "none" } },
];

export interface MeasuredVariant {
  readonly variant: AttentionVariant;
  readonly run: PlannedRun;
  /** On crops of 64, then of 128 px. */
  readonly evaluations: readonly EvaluationTask[];
  readonly cost: CostTask;
}

function variantRun(setting: Setting, { id, label, network }: AttentionVariant): PlannedRun {
  const { config } = methodRun(setting, METHODS[0], 64);
  if (network === null) return { id, label, config }; // Table 1's own run
  const { diffusion } = config.model;
  const changed: unknown = {
    ...config,
    name: `${setting.scale}-ddpm-attention-${id}`,
    model: { ...config.model, diffusion: { ...diffusion, network: { ...diffusion!.network, ...network } } },
  } satisfies Record<Exclude<keyof RunConfig, "uncertaintyFrom">, unknown>;
  return { id, label, config: parseRunConfig(changed, `attention "${id}"`) };
}

const SIDES_PX = { tiny: [64, 96, 128, 192], small: [64, 128, 192, 256], paper: [64, 128, 256, 512] } as const;

export const attention: Experiment = {
  name: "attention",
  title: "Attention in the conditional U-Net",
  question:
    "What do no, linear and softmax attention bring after equal training, with and without residual, and what do they cost?",
  plan(setting) {
    const tests = [crops64(setting.scale), crops128(setting.scale)];
    const measured: MeasuredVariant[] = ATTENTION_VARIANTS.map((variant) => {
      const run = variantRun(setting, variant);
      return {
        variant,
        run,
        evaluations: tests.map((test) => ({
          kind: "evaluation",
          id: `${variant.id} on ${test.id}`,
          run: run.id,
          changes: {},
          ...{ test, samples: 1, seed: 1, metrics: ["psnr", "ssim", "tone-error", "high-frequency"] },
          keep: test.cropPx === 64 ? 2 : 0,
        })),
        cost: { kind: "cost", id: `${variant.id} cost`, run: run.id, sidesPx: SIDES_PX[setting.scale], repeats: 5 },
      };
    });
    return {
      runs: measured.map(({ run }) => run),
      tasks: measured.flatMap(({ evaluations, cost }) => [...evaluations, cost]),
      report: (results) => attentionReport({ scale: setting.scale, tests, measured }, results),
    };
  },
};
