/** @file ddpm_chain: whole ancestral chains of the paper's published code, and the loss of its training step. */
import * as z from "zod";
import { addNoise } from "../../../../src/diffusion/forward.js";
import { losses } from "../../../../src/diffusion/losses.js";
import { levelFromSignal } from "../../../../src/diffusion/noise-level.js";
import { denoiserFrom } from "../../../../src/diffusion/predictions.js";
import { createSchedule, type ScheduleInput } from "../../../../src/diffusion/schedule-catalog.js";
import { levelBetweenNeighbours } from "../../../../src/diffusion/training-levels.js";
import { ancestral } from "../../../../src/samplers/ancestral.js";
import { samplingLevels } from "../../../../src/samplers/spacing.js";
import { posteriorTable } from "../../../oracle/posterior-table.js";
import { compared, type Outcome, skipped, type Tensors } from "../outcome.js";
import { gaussianNetwork, gaussianOutput } from "./gaussian-network.js";
import { trace } from "./trace.js";

const chainSchema = z.object({
  name: z.string(),
  schedule: z.string(),
  linear_start: z.number(),
  linear_end: z.number(),
  T: z.int(),
  clip_denoised: z.boolean(),
  alphas_cumprod: z.array(z.number()),
  posterior_variance: z.array(z.number()),
  posterior_log_variance_clipped: z.array(z.number()),
});
const trainingSchema = z.object({
  schedule: z.string(),
  examples: z.array(
    z.object({
      t: z.int(),
      uniform: z.array(z.number()),
      range: z.array(z.number()),
      loss_l1_sum: z.number(),
      loss_l1_mean: z.number(),
      loss_l2_mean: z.number(),
    }),
  ),
});
const fileSchema = z.object({
  gauss: z.object({ s: z.number() }),
  chains: z.array(chainSchema),
  training_step: trainingSchema,
});

type Ends = { readonly T: number; readonly start: number; readonly end: number };
const CONFIGS: Record<string, (ends: Ends) => ScheduleInput> = {
  linear: (ends) => ({ kind: "linear", ...ends }),
  cosine: ({ T }) => ({ kind: "cosine", T }),
  warmup: (ends) => ({ kind: "warmup", fraction: 0.1, ...ends }),
  quad: (ends) => ({ kind: "quadratic", ...ends }),
  warmup10: (ends) => ({ kind: "warmup", fraction: 0.1, ...ends }),
  warmup50: (ends) => ({ kind: "warmup", fraction: 0.5, ...ends }),
  const: ({ T, end }) => ({ kind: "constant", T, beta: end }),
  jsd: ({ T }) => ({ kind: "reciprocal", T }),
};

async function checkChain(chain: z.infer<typeof chainSchema>, s: number, tensors: Tensors): Promise<Outcome[]> {
  const config = CONFIGS[chain.schedule];
  if (!config) return [skipped(chain.name, `schedule "${chain.schedule}" not offered yet`)];
  const schedule = createSchedule(config({ T: chain.T, start: chain.linear_start, end: chain.linear_end }));
  const variances = posteriorTable(schedule).map(({ variance }) => variance);
  const mean = tensors.get("mean");
  const x = tensors.rows(`${chain.name}/x`, mean.length);
  const estimates = tensors.rows(`${chain.name}/x0_pred`, mean.length);
  const noises = tensors.rows(`${chain.name}/noise`, mean.length);
  const denoise = denoiserFrom("eps", gaussianNetwork("eps", s, mean), { clip: chain.clip_denoised });
  const levels = samplingLevels(schedule, chain.T, { kind: "trailing" });
  const start = x[0]!.slice();
  const steps = await trace(
    ancestral(denoise, start, levels, (step) => noises[step]!, { kind: "ancestral", variance: "posterior" }),
  );
  const name = (what: string) => `${chain.name} ${what}`;
  return [
    compared(name("alphas_cumprod"), schedule.alphaBars, chain.alphas_cumprod, { relative: 1e-12 }),
    compared(name("posterior_variance"), variances, chain.posterior_variance, { relative: 1e-12 }),
    compared(
      name("posterior_log_variance_clipped"),
      variances.map((variance) => Math.log(Math.max(variance, 1e-20))),
      chain.posterior_log_variance_clipped,
      { relative: 1e-12 },
    ),
    ...x.map((row, k) => compared(name(`x[${k}]`), steps.x[k] ?? [], row, { absolute: 2e-5 })),
    // The network's eps is float32; up to 4 in size, it is off by 2^-23, and the estimate by noise / signal times that,
    // and x_t's.
    ...estimates.map((row, k) =>
      compared(name(`x0_pred[${k}]`), steps.denoised[k] ?? [], row, {
        absolute: 2e-5 + (2 * 2 ** -23 * levels[k]!.noise) / levels[k]!.signal,
      }),
    ),
  ];
}

/** All in float64 from the float32 inputs, as the fixture was made. */
function checkTrainingStep(step: z.infer<typeof trainingSchema>, s: number, tensors: Tensors): Outcome[] {
  // "linear 1e-4..0.05, T=2000 (cond_ddpm.py main)"
  const described = /^linear ([\d.e-]+)\.\.([\d.e-]+), T=(\d+)/.exec(step.schedule);
  if (!described) return [skipped("training step", `schedule "${step.schedule}" not offered yet`)];
  const [start, end, T] = described.slice(1).map(Number) as [number, number, number];
  const schedule = createSchedule({ kind: "linear", T, start, end });
  const [x0, cond, eps] = ["x0", "cond", "noise"].map((key) => tensors.get(`train/${key}`)) as [
    Float32Array,
    Float32Array,
    Float32Array,
  ];
  return step.examples.flatMap((example) => {
    const name = (what: string) => `training step t=${example.t} ${what}`;
    const t = example.t - 1; // the fixture counts from 1
    const signals = tensors.get(`train_t${example.t}/sqrt_alpha`);
    const size = x0.length / signals.length;
    const xt = new Float64Array(x0.length);
    const prediction = new Float64Array(x0.length);
    signals.forEach((signal, sample) => {
      const [from, to] = [sample * size, (sample + 1) * size];
      const level = levelFromSignal(signal);
      addNoise(x0.subarray(from, to), eps.subarray(from, to), level, xt.subarray(from, to));
      const output = gaussianOutput("eps", s, level);
      for (let i = from; i < to; i++) prediction[i] = output(xt[i]!, cond[i]!);
    });
    const differences = Array.from(prediction, (value, i) => value - eps[i]!);
    const total = (penalty: (difference: number) => number) =>
      differences.reduce((sum, difference) => sum + penalty(difference), 0);
    const [l1, l2] = [total(losses.l1.ofDifference), total(losses.l2.ofDifference)];
    return [
      compared(
        name("range"),
        [0, 1].map((u) => levelBetweenNeighbours(schedule, t, u).signal),
        example.range,
        {
          relative: 1e-12,
        },
      ),
      compared(
        name("sqrt_alpha"),
        example.uniform.map((u) => levelBetweenNeighbours(schedule, t, u).signal),
        signals,
        { relative: 1e-7 },
      ),
      compared(name("x_noisy"), xt, tensors.get(`train_t${example.t}/x_noisy`), { relative: 1e-6 }),
      compared(name("pred"), prediction, tensors.get(`train_t${example.t}/pred`), { relative: 1e-6 }),
      compared(name("loss_l1_sum"), [l1], [example.loss_l1_sum], { relative: 1e-6 }),
      compared(name("loss_l1_mean"), [l1 / x0.length], [example.loss_l1_mean], { relative: 1e-6 }),
      compared(name("loss_l2_mean"), [l2 / x0.length], [example.loss_l2_mean], { relative: 1e-6 }),
    ];
  });
}

export async function checkDdpmChain(json: unknown, tensors: Tensors): Promise<Outcome[]> {
  const { gauss, chains, training_step } = fileSchema.parse(json);
  const outcomes: Outcome[] = [];
  for (const chain of chains) outcomes.push(...(await checkChain(chain, gauss.s, tensors)));
  return [...outcomes, ...checkTrainingStep(training_step, gauss.s, tensors)];
}
