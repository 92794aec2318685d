/**
 * @file The SDE framework (equations 9 to 11 of the paper): VP, sub-VP and VE processes with equal training, sampled
 * with every sampler; quality against the number of network evaluations.
 */
import { argumentError } from "../base/errors.js";
import { SDE_FAMILIES, type SdeFamily } from "../diffusion/sde.js";
import { createSde, sdeSchema } from "../diffusion/sde-catalog.js";
import { type SamplerConfig, type SamplerKind, samplerSchema, samplers } from "../samplers/catalog.js";
import { parseRunConfig, type RunConfig } from "../training/run-config.js";
import { METHODS, methodRun } from "./methods.js";
import type { EvaluationTask, Experiment, PlannedRun, Setting } from "./plan.js";
import type { Scale } from "./scale.js";
import { cannot, sdeReport } from "./sde-report.js";
import { crops64 } from "./test-sets.js";

/** Settings of one sampler, from few to many evaluations. */
export interface SamplerRow {
  readonly family: SdeFamily;
  readonly sampler: SamplerKind;
  readonly evaluations: readonly EvaluationTask[];
}

interface Amount {
  /** Numbers of steps, for samplers with a fixed number of steps. */
  readonly steps: readonly number[];
  /** Tolerances, for adaptive samplers: allowed error per step, in standard deviations of the signed range. */
  readonly tolerances: readonly number[];
  readonly perPicture: number;
}

const AMOUNTS = {
  tiny: { steps: [5, 10, 25, 50], tolerances: [0.3, 0.1, 0.03], perPicture: 4 },
  small: { steps: [5, 10, 25, 50, 100, 250], tolerances: [0.3, 0.1, 0.03, 0.01], perPicture: 8 },
  paper: { steps: [10, 25, 50, 100, 250, 1000, 2000], tolerances: [0.1, 0.03, 0.01, 0.001], perPicture: 2 },
} as const satisfies Record<Scale, Amount>;

/** The paper's network and training with a forward process in continuous time. */
function familyRun(setting: Setting, family: SdeFamily): PlannedRun {
  const { config } = methodRun(setting, METHODS[0], 64);
  const { model, objective } = config;
  if (objective.kind !== "diffusion")
    throw argumentError("sde", "the first method must be a diffusion", objective.kind);
  const changed: RunConfig = {
    ...config,
    name: `${setting.scale}-ddpm-sde-${family}`,
    model: {
      ...model,
      diffusion: { ...model.diffusion!, schedule: sdeSchema.parse({ kind: family }) },
      sampling: { ...model.sampling!, spacing: { kind: "log-snr" } },
    },
    objective: { ...objective, levels: { kind: "time", from: createSde({ kind: family }).endTime } },
  };
  return { id: family, label: family.toUpperCase(), config: parseRunConfig(changed, changed.name) };
}

/** Settings of each sampler of the catalog with its defaults, from few to many evaluations. */
function settingsOf(kind: SamplerKind, { steps, tolerances }: Amount): { sampler: SamplerConfig; steps: number }[] {
  const parsed = samplerSchema.safeParse({ kind });
  if (!parsed.success) return []; // has an option without a default, so it cannot take part in a comparison of defaults
  const sampler = parsed.data;
  if ("relativeTolerance" in sampler)
    return tolerances.map((tolerance) => ({
      sampler: { ...sampler, relativeTolerance: tolerance, absoluteTolerance: tolerance / 2 },
      steps: steps.at(-1)!,
    }));
  return steps.map((count) => ({ sampler, steps: count }));
}

function rowsOf(setting: Setting, family: SdeFamily): SamplerRow[] {
  const amount = AMOUNTS[setting.scale];
  const test = { ...crops64(setting.scale), perPicture: amount.perPicture };
  const kinds = (Object.keys(samplers) as SamplerKind[]).filter((kind) => !cannot(kind, family));
  return kinds.map((sampler) => ({
    ...{ family, sampler },
    evaluations: settingsOf(sampler, amount).map((sampling, i) => ({
      kind: "evaluation" as const,
      id: `${family}, ${sampler}, ${"relativeTolerance" in sampling.sampler ? `tolerance ${sampling.sampler.relativeTolerance}` : `${sampling.steps} steps`}`,
      run: family,
      changes: { sampling },
      ...{ test, samples: 1, seed: 1, metrics: ["psnr", "tone-error", "high-frequency"] as const },
      keep: i === 1 ? 1 : 0,
    })),
  }));
}

export const sde: Experiment = {
  name: "sde",
  title: "VP, sub-VP and VE, sampled with every sampler",
  question: "What quality does each SDE reach with each sampler, by the number of network evaluations?",
  plan(setting) {
    const runs = SDE_FAMILIES.map((family) => familyRun(setting, family));
    const rows = SDE_FAMILIES.flatMap((family) => rowsOf(setting, family)).filter(
      ({ evaluations }) => evaluations.length > 0,
    );
    return {
      runs,
      tasks: rows.flatMap(({ evaluations }) => evaluations),
      report: (results) => sdeReport({ scale: setting.scale, runs, rows }, results),
    };
  },
};
