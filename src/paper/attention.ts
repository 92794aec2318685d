/**
 * @file Sections 3.3 and 4.5 of the paper: attention in the conditional U-Net, its quality after equal training and its
 * cost.
 */
import { parseRunConfig, type RunConfig } from "../training/run-config.js";
import { attentionReport } from "./attention-report.js";
import { METHODS, methodRun } from "./methods.js";
import type { CostTask, EvaluationTask, Experiment, PlannedRun, Setting } from "./plan.js";
import { crops64, crops128 } from "./test-sets.js";

export interface AttentionVariant {
  readonly id: string;
  readonly label: string;
  /** Replacements of fields in the network's config; null keeps the paper's. */
  readonly network: Readonly<Record<string, unknown>> | null;
}

/** Softmax attention at the two coarsest levels only, as usual: it costs too much at fine levels. */
const SOFTMAX = { attention: "softmax", attentionLevels: [2, 3] } as const;

const ATTENTION_VARIANTS: readonly AttentionVariant[] = [
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
  /** Evaluations on crops of 64 px, then of 128 px. */
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
  } satisfies Record<Exclude<keyof RunConfig, "uncertaintyFrom" | "rounds" | "validation">, unknown>;
  return { id, label, config: parseRunConfig(changed, `attention "${id}"`) };
}

const SIDES_PX = { tiny: [64, 96, 128, 192], small: [64, 128, 192, 256], paper: [64, 128, 256, 512] } as const;

export const attention: Experiment = {
  name: "attention",
  title: "Attention in the conditional U-Net",
  question:
    "How do no, linear and softmax attention, with and without a residual connection, compare in quality after equal training and in cost?",
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
