/**
 * @file Figure 4: the process shortened to T = 1000 and 400, with betas matched to the last 400 of the paper's 2000
 * steps, for which the paper observed shifted tones. The experiment decides between two causes: too few steps, or a
 * schedule that ends with signal left while sampling starts from pure noise.
 */

import type { Prediction } from "../diffusion/predictions.js";
import type { ScheduleConfig } from "../diffusion/schedule-catalog.js";
import { samplerSchema } from "../samplers/catalog.js";
import { parseRunConfig, type RunConfig } from "../training/run-config.js";
import { figure4Report } from "./figure-4-report.js";
import { METHODS, methodRun } from "./methods.js";
import type { EvaluationTask, Experiment, PlannedRun, Setting } from "./plan.js";
import { crops64, crops128 } from "./test-sets.js";

/** The paper's schedule, and its beta at the noisier end of the last (cleanest) 400 steps: t = 399, counted from 0. */
const [START, END, T_PAPER, T_SHORT] = [1e-4, 0.05, 2000, 400];
const MATCHED_END = START + ((END - START) * (T_SHORT - 1)) / (T_PAPER - 1);

const linear = (T: number, end: number, zeroTerminalSnr = false): Extract<ScheduleConfig, { kind: "linear" }> => ({
  kind: "linear",
  ...{ T, start: START, end, zeroTerminalSnr },
});

/** A schedule and the prediction target of its network. */
export interface Variant {
  readonly id: string;
  readonly label: string;
  readonly schedule: ReturnType<typeof linear>;
  readonly prediction: Prediction;
}

/**
 * At a level without signal, eps contains no information about the image, so rescaling to zero terminal SNR needs v; v
 * without rescaling is its control. With the paper's own schedule, v shows the effect of predicting eps where x_t is
 * almost only noise.
 */
export const VARIANTS = [
  { id: "eps-2000", label: "T = 2000", schedule: linear(T_PAPER, END), prediction: "eps" },
  { id: "v-2000", label: "T = 2000, v", schedule: linear(T_PAPER, END), prediction: "v" },
  { id: "eps-1000", label: "T = 1000, matched", schedule: linear(1000, MATCHED_END), prediction: "eps" },
  { id: "eps-400", label: "T = 400, matched", schedule: linear(T_SHORT, MATCHED_END), prediction: "eps" },
  { id: "v-400", label: "T = 400, matched, v", schedule: linear(T_SHORT, MATCHED_END), prediction: "v" },
  {
    id: "v-400-zero",
    label: "T = 400, v, zero terminal SNR",
    schedule: linear(T_SHORT, MATCHED_END, true),
    prediction: "v",
  },
] as const satisfies readonly Variant[];

export const STARTS = ["gaussian", "blurry"] as const;
export const SAMPLERS = ["ancestral", "ddim"] as const;

/** A sampling of a variant and its measurements: crops of 64 px, then of 128 px. */
export interface Condition {
  readonly variant: Variant;
  readonly start: (typeof STARTS)[number];
  readonly sampler: (typeof SAMPLERS)[number];
  readonly evaluations: readonly EvaluationTask[];
}

/**
 * Resets the noisiest level: a reduced scale states one for the paper's schedule, which does not fit another schedule.
 */
const wholeRange = <K extends string>(name: K, { kind }: { readonly kind: string }, T: number) =>
  kind === "log-snr" && T !== T_PAPER ? { [name]: { kind } } : {};

/** T = 2000 is Table 1's own run. */
function variantRun(setting: Setting, { id, label, schedule, prediction }: Variant): PlannedRun {
  const { config } = methodRun(setting, METHODS[0], 64);
  const { model, objective } = config;
  if (id === "eps-2000") return { id, label, config };
  const changed: RunConfig = {
    ...config,
    name: `${setting.scale}-ddpm-${id}`,
    model: {
      ...model,
      diffusion: { ...model.diffusion!, schedule, prediction },
      // At full scale, the paper takes every step; a reduced scale takes the same number of steps with every schedule.
      sampling: {
        ...model.sampling!,
        ...wholeRange("spacing", model.sampling!.spacing, schedule.T),
        steps: Math.min(model.sampling!.steps, schedule.T),
      },
    },
    objective:
      objective.kind === "diffusion"
        ? { ...objective, ...wholeRange("levels", objective.levels, schedule.T) }
        : objective,
  };
  return { id, label, config: parseRunConfig(changed, changed.name) };
}

const AMOUNT = { tiny: 4, small: 8, paper: 2 } as const;

export const figure4: Experiment = {
  name: "figure-4",
  title: "Figure 4: shorter processes and the tone",
  question:
    "Do tones shift with T = 1000 and 400 because steps are missing, or because the schedule ends with signal left?",
  plan(setting) {
    const runs = VARIANTS.map((variant) => variantRun(setting, variant));
    const tests = [
      { ...crops64(setting.scale), perPicture: AMOUNT[setting.scale] },
      { ...crops128(setting.scale), perPicture: Math.ceil(AMOUNT[setting.scale] / 3) },
    ];
    const conditions: Condition[] = VARIANTS.flatMap((variant: Variant) =>
      // If no signal is left at the end, a noised photo equals noise.
      STARTS.filter((start) => start === "gaussian" || !variant.schedule.zeroTerminalSnr).flatMap((start) =>
        SAMPLERS.map((sampler) => ({
          ...{ variant, start, sampler },
          evaluations: tests.map((test) => ({
            kind: "evaluation" as const,
            id: `${variant.id}, ${start} start, ${sampler} on ${test.id}`,
            run: variant.id,
            changes: { sampling: { start, sampler: samplerSchema.parse({ kind: sampler }) } },
            ...{ test, samples: 1, seed: 1, metrics: ["psnr", "tone-error", "high-frequency"] as const },
            keep: test.cropPx === 128 ? 2 : 0,
          })),
        })),
      ),
    );
    return {
      runs,
      tasks: conditions.flatMap(({ evaluations }) => evaluations),
      report: (results) => figure4Report({ scale: setting.scale, runs, tests, conditions }, results),
    };
  },
};
