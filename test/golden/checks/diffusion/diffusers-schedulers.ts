/**
 * @file diffusers_schedulers: runs of the diffusers library's schedulers, every intermediate image. DDPM and DDIM here.
 */
import * as z from "zod";
import type { NoiseLevel } from "../../../../src/diffusion/denoiser.js";
import { CLEAN } from "../../../../src/diffusion/noise-level.js";
import { denoiserFrom } from "../../../../src/diffusion/predictions.js";
import { levelAt, type NoiseSchedule, scheduleFromBetas } from "../../../../src/diffusion/schedule.js";
import { createSchedule, type ScheduleInput } from "../../../../src/diffusion/schedule-catalog.js";
import { forwardVariance } from "../../../../src/diffusion/transition.js";
import { type SamplerInput, sample } from "../../../../src/samplers/catalog.js";
import { timesteps } from "../../../../src/samplers/spacing.js";
import { compared, type Outcome, skipped, type Tensors } from "../outcome.js";
import { gaussianNetwork } from "./gaussian-network.js";
import { checkSigmaScheduler, isSigmaScheduler } from "./sigma-schedulers.js";
import { trace } from "./trace.js";

const scheduleSchema = z.object({
  num_train_timesteps: z.int(),
  beta_start: z.number(),
  beta_end: z.number(),
  beta_schedule: z.string(),
  trained_betas: z.array(z.number()).nullable(),
  prediction_type: z.enum(["epsilon", "sample", "v_prediction"]),
  rescale_betas_zero_snr: z.boolean().default(false),
});
const configSchema = scheduleSchema.extend({
  variance_type: z.string().default("fixed_small"),
  clip_sample: z.boolean(),
  clip_sample_range: z.number(),
  thresholding: z.boolean(),
  timestep_spacing: z.enum(["leading", "trailing", "linspace"]),
  steps_offset: z.int(),
  set_alpha_to_one: z.boolean().default(true),
});
const runSchema = z.object({
  name: z.string(),
  scheduler: z.string(),
  config: z.unknown(),
  step_kwargs: z.object({ eta: z.number().default(0), use_clipped_model_output: z.boolean().default(false) }),
  num_inference_steps: z.int(),
  timesteps: z.array(z.number()),
  alphas_cumprod_used: z.array(z.number()).nullish(),
});
const fileSchema = z.object({
  gauss: z.object({ s: z.number() }),
  runs: z.array(z.looseObject({ name: z.string(), scheduler: z.string() })),
});
type Config = z.infer<typeof configSchema>;
type Run = z.infer<typeof runSchema>;

const PREDICTIONS = { epsilon: "eps", sample: "x0", v_prediction: "v" } as const;
const VARIANCES: Record<string, "posterior" | "beta"> = {
  fixed_small: "posterior",
  fixed_small_log: "posterior",
  fixed_large: "beta",
  fixed_large_log: "beta",
};
const SCHEDULES: Record<string, (config: z.infer<typeof scheduleSchema>) => ScheduleInput> = {
  linear: ({ num_train_timesteps: T, beta_start: start, beta_end: end, rescale_betas_zero_snr: zeroTerminalSnr }) => ({
    kind: "linear",
    T,
    start,
    end,
    zeroTerminalSnr,
  }),
  scaled_linear: ({
    num_train_timesteps: T,
    beta_start: start,
    beta_end: end,
    rescale_betas_zero_snr: zeroTerminalSnr,
  }) => ({
    kind: "quadratic",
    T,
    start,
    end,
    zeroTerminalSnr,
  }),
  squaredcos_cap_v2: ({ num_train_timesteps: T, rescale_betas_zero_snr: zeroTerminalSnr }) => ({
    kind: "cosine",
    T,
    zeroTerminalSnr,
  }),
};

const scheduleOf = (config: z.infer<typeof scheduleSchema>): NoiseSchedule =>
  config.trained_betas
    ? scheduleFromBetas(Float64Array.from(config.trained_betas))
    : createSchedule(SCHEDULES[config.beta_schedule]!(config));

/** Part of a run's config that is not supported, or null. */
function unsupported(run: Run, config: Config): string | null {
  if (run.scheduler === "DDPMScheduler" && !VARIANCES[config.variance_type])
    return `variance_type "${config.variance_type}" not offered yet`;
  if (config.thresholding) return "thresholding not offered yet";
  if (config.clip_sample && config.clip_sample_range !== 1) return "clipping to another range than [-1, 1] not offered";
  if (!config.trained_betas && !SCHEDULES[config.beta_schedule])
    return `beta_schedule "${config.beta_schedule}" not offered yet`;
  return null;
}

interface Pair {
  readonly from: NoiseLevel;
  readonly to: NoiseLevel;
}

/**
 * The levels of each step. DDPM goes to the next index visited; DDIM to the index T // steps lower, which with
 * "linspace" is not the one visited next: diffusers then takes the image to be at another level than it is.
 */
function pairsOf(run: Run, config: Config, schedule: NoiseSchedule, indices: readonly number[]): Pair[] {
  const stride = Math.floor(config.num_train_timesteps / run.num_inference_steps);
  const end = run.scheduler === "DDIMScheduler" && !config.set_alpha_to_one ? levelAt(schedule, 0) : CLEAN;
  return indices.map((t, k) => {
    const next = run.scheduler === "DDIMScheduler" ? t - stride : (indices[k + 1] ?? -1);
    return { from: levelAt(schedule, t), to: next < 0 ? end : levelAt(schedule, next) };
  });
}

/** Paths on which each step starts where the one before ended, with the index of their first step. */
function pathsOf(pairs: readonly Pair[]): { first: number; levels: NoiseLevel[] }[] {
  const paths: { first: number; levels: NoiseLevel[] }[] = [];
  pairs.forEach(({ from, to }, index) => {
    const end = paths.at(-1)?.levels.at(-1);
    if (end && end.signal === from.signal) paths.at(-1)!.levels.push(to);
    else paths.push({ first: index, levels: [from, to] });
  });
  return paths;
}

function samplerOf(run: Run, config: Config): { sampler: SamplerInput; clip: boolean } {
  if (run.scheduler === "DDPMScheduler")
    return { sampler: { kind: "ancestral", variance: VARIANCES[config.variance_type]! }, clip: config.clip_sample };
  const { eta, use_clipped_model_output: clippedDirection } = run.step_kwargs;
  return {
    sampler: { kind: "ddim", eta, clip: config.clip_sample && !clippedDirection },
    clip: config.clip_sample && clippedDirection,
  };
}

async function checkRun(run: Run, config: Config, s: number, tensors: Tensors): Promise<Outcome[]> {
  const schedule = scheduleOf(config);
  const spacing = { kind: config.timestep_spacing, offset: config.steps_offset };
  const indices = timesteps(config.num_train_timesteps, run.num_inference_steps, spacing);
  const pairs = pairsOf(run, config, schedule, indices);
  const mean = tensors.get("mean");
  const x = tensors.rows(`${run.name}/x`, mean.length);
  const outputs = tensors.rows(`${run.name}/model_output`, mean.length);
  const noises = tensors.has(`${run.name}/noise`) ? tensors.rows(`${run.name}/noise`, mean.length) : [];

  const { sampler, clip } = samplerOf(run, config);
  const prediction = PREDICTIONS[config.prediction_type];
  const network = gaussianNetwork(prediction, s, mean);
  const ours: { x: Float32Array[]; outputs: Float32Array[] } = { x: [], outputs: [] };
  const denoise = denoiserFrom(
    prediction,
    async (xt, level) => {
      const output = await network(xt, level);
      ours.outputs.push(output.slice());
      return output;
    },
    { clip },
  );
  let current = x[0]!.slice();
  for (const { first, levels } of pathsOf(pairs)) {
    const steps = await trace(sample(sampler, denoise, current, levels, (step) => noises[first + step]!));
    current = steps.x.at(-1)!.slice();
    ours.x.push(...steps.x.slice(0, -1));
  }
  // diffusers' DDPM adds noise in its last step, too, if that is not at index 0. Of the posterior's variance there is
  // none left.
  const [last, lastNoise] = [pairs.at(-1)!, noises[indices.length - 1]];
  if (run.scheduler === "DDPMScheduler" && VARIANCES[config.variance_type] === "beta" && indices.at(-1)! > 0) {
    const deviation = Math.sqrt(forwardVariance(last.from, last.to));
    current = current.map((value, i) => value + deviation * lastNoise![i]!);
  }
  ours.x.push(current);

  const name = (what: string) => `${run.name} ${what}`;
  return [
    compared(name("timesteps"), indices, run.timesteps, { absolute: 0 }),
    ...(run.alphas_cumprod_used
      ? [
          compared(
            name("alphas_cumprod"),
            pairs.map(({ from }) => from.signal ** 2),
            run.alphas_cumprod_used,
            { relative: 1e-12 },
          ),
        ]
      : []),
    ...outputs.map((row, k) => compared(name(`model_output[${k}]`), ours.outputs[k] ?? [], row, { absolute: 2e-5 })),
    ...x.map((row, k) => compared(name(`x[${k}]`), ours.x[k] ?? [], row, { absolute: 2e-5 })),
  ];
}

export async function checkDiffusersSchedulers(json: unknown, tensors: Tensors): Promise<Outcome[]> {
  const { gauss, runs } = fileSchema.parse(json);
  const outcomes: Outcome[] = [];
  for (const entry of runs) {
    if (isSigmaScheduler(entry.scheduler)) {
      const config = scheduleSchema.parse(entry.config);
      const of = { s: gauss.s, schedule: scheduleOf(config), prediction: PREDICTIONS[config.prediction_type] };
      outcomes.push(...(await checkSigmaScheduler(entry, of, tensors)));
      continue;
    }
    const run = runSchema.parse(entry);
    const config = configSchema.parse(run.config);
    const reason = unsupported(run, config);
    outcomes.push(...(reason ? [skipped(run.name, reason)] : await checkRun(run, config, gauss.s, tensors)));
  }
  return outcomes;
}
