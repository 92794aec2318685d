/**
 * @file Runs of the diffusers library's schedulers that go by sigma = noise / signal: DPM-Solver, UniPC, Heun and
 * Euler. Every image the network saw, every output, the result.
 */
import * as z from "zod";
import type { Denoiser, NoiseLevel } from "../../../../src/diffusion/denoiser.js";
import { CLEAN } from "../../../../src/diffusion/noise-level.js";
import { denoiserFrom } from "../../../../src/diffusion/predictions.js";
import type { NoiseSchedule } from "../../../../src/diffusion/schedule.js";
import { type SamplerInput, sample } from "../../../../src/samplers/catalog.js";
import { type SpacingInput, samplingLevels } from "../../../../src/samplers/spacing.js";
import { compared, type Outcome, type Tensors } from "../outcome.js";
import { type FixturePrediction, gaussianNetwork } from "./gaussian-network.js";
import { trace } from "./trace.js";

const runSchema = z.object({
  name: z.string(),
  scheduler: z.enum([
    "DPMSolverMultistepScheduler",
    "UniPCMultistepScheduler",
    "HeunDiscreteScheduler",
    "EulerDiscreteScheduler",
  ]),
  config: z.object({
    solver_order: z.int().default(2),
    algorithm_type: z.enum(["dpmsolver", "dpmsolver++", "sde-dpmsolver++"]).default("dpmsolver++"),
    solver_type: z.enum(["midpoint", "heun", "bh1", "bh2"]).default("midpoint"),
    lower_order_final: z.boolean().default(true),
    predict_x0: z.boolean().default(true),
    use_karras_sigmas: z.boolean().default(false),
    use_exponential_sigmas: z.boolean().default(false),
    use_lu_lambdas: z.boolean().default(false),
  }),
  step_kwargs: z.object({
    s_churn: z.number().default(0),
    s_tmin: z.number().default(0),
    s_tmax: z.number().default(Number.POSITIVE_INFINITY),
    s_noise: z.number().default(1),
  }),
  num_inference_steps: z.int(),
  sigmas: z.array(z.number()),
  alphas_cumprod_used: z.array(z.number()),
});
type Run = z.infer<typeof runSchema>;
type Scheduler = Run["scheduler"];

export const isSigmaScheduler = (name: string): boolean => runSchema.shape.scheduler.safeParse(name).success;

/** Those that keep x in the scale of a process whose variance explodes: ours times sqrt(1 + sigma^2). */
const EXPLODING: ReadonlySet<Scheduler> = new Set(["HeunDiscreteScheduler", "EulerDiscreteScheduler"]);

const SAMPLERS: { readonly [S in Scheduler]: (config: Run["config"]) => SamplerInput } = {
  DPMSolverMultistepScheduler: ({ solver_order: order, algorithm_type, solver_type, lower_order_final }) => ({
    kind: "dpm-solver",
    order,
    target: algorithm_type === "dpmsolver" ? "eps" : "x0",
    stochastic: algorithm_type === "sde-dpmsolver++",
    correction: solver_type === "heun" ? "heun" : "midpoint",
    ...(lower_order_final ? {} : { lowerAtEnd: false }),
  }),
  UniPCMultistepScheduler: ({ solver_order: order, solver_type, predict_x0, lower_order_final }) => ({
    kind: "unipc",
    order,
    weighting: solver_type === "bh1" ? "bh1" : "bh2",
    target: predict_x0 ? "x0" : "eps",
    lowerAtEnd: lower_order_final,
  }),
  HeunDiscreteScheduler: () => ({ kind: "heun" }),
  // Euler's method in sigma is DDIM without noise.
  EulerDiscreteScheduler: () => ({ kind: "ddim", eta: 0 }),
};

const spacingOf = ({
  use_karras_sigmas,
  use_exponential_sigmas,
  use_lu_lambdas,
}: Run["config"]): SpacingInput | null => {
  if (use_karras_sigmas) return { kind: "karras" };
  return use_exponential_sigmas || use_lu_lambdas ? { kind: "log-snr" } : null;
};

const levelOfSigma = (sigma: number): NoiseLevel =>
  sigma === 0 ? CLEAN : { signal: 1 / Math.hypot(1, sigma), noise: sigma / Math.hypot(1, sigma) };

/** Values of each step, once: Heun's are listed by evaluation, all but the first twice. */
const ofSteps = ({ scheduler }: Run, values: readonly number[]): readonly number[] =>
  scheduler === "HeunDiscreteScheduler" ? values.filter((value, i) => value !== values[i - 1]) : values;

/**
 * diffusers' Euler with churn, which is not EDM's: it asks the network at sigma and only then adds noise up to sigma (1
 * + gamma), so the step along the slope found at sigma is longer by what the noise added. Hence our step from sigma,
 * lengthened, and noise. `noises`: one for each step that adds any. Images are in the scale of `levels`.
 */
async function churned(
  { config, scheduler, sigmas, step_kwargs: churn, num_inference_steps: steps }: Run,
  denoise: Denoiser,
  start: Float32Array,
  noises: readonly Float32Array[],
): Promise<Float32Array> {
  let x = start;
  let drawn = 0;
  for (let k = 0; k < steps; k++) {
    const [sigma, next] = [sigmas[k]!, sigmas[k + 1]!];
    const [from, to] = [levelOfSigma(sigma), levelOfSigma(next)];
    const gamma = sigma >= churn.s_tmin && sigma <= churn.s_tmax ? Math.min(churn.s_churn / steps, Math.SQRT2 - 1) : 0;
    const longer = (sigma * (1 + gamma) - next) / (sigma - next);
    const deviation = churn.s_noise * sigma * Math.sqrt((1 + gamma) ** 2 - 1);
    const noise = gamma > 0 ? noises[drawn++]! : null;
    const before = x.slice();
    const noNoise = () => new Float32Array(x.length);
    const after = (await trace(sample(SAMPLERS[scheduler](config), denoise, x, [from, to], noNoise))).x.at(-1)!;
    x = after.map((value, i) => {
      const origin = before[i]! / from.signal;
      const moved = origin + longer * (value / to.signal - origin);
      return to.signal * (moved + (noise ? deviation * noise[i]! : 0));
    });
  }
  return x;
}

export async function checkSigmaScheduler(
  json: unknown,
  { s, schedule, prediction }: { s: number; schedule: NoiseSchedule; prediction: FixturePrediction },
  tensors: Tensors,
): Promise<Outcome[]> {
  const run = runSchema.parse(json);
  const { name, scheduler, config, alphas_cumprod_used: alphaBars } = run;
  const levels = ofSteps(run, run.sigmas).map(levelOfSigma);
  const mean = tensors.get("mean");
  const x = tensors.rows(`${name}/x`, mean.length);
  const outputs = tensors.rows(`${name}/model_output`, mean.length);
  const noises = tensors.has(`${name}/noise`) ? tensors.rows(`${name}/noise`, mean.length) : [];
  const scale = (level: NoiseLevel) => (EXPLODING.has(scheduler) && level.noise > 0 ? 1 / level.signal : 1);

  const network = gaussianNetwork(prediction, s, mean);
  const seen: { x: Float32Array; output: Float32Array; level: NoiseLevel }[] = [];
  const denoise = denoiserFrom(prediction, async (xt, level) => {
    const output = await network(xt, level);
    seen.push({ x: xt.map((value) => value * scale(level)), output: output.slice(), level });
    return output;
  });
  const start = x[0]!.map((value) => value / scale(levels[0]!));
  const result =
    run.step_kwargs.s_churn > 0
      ? await churned(run, denoise, start, noises)
      : (await trace(sample(SAMPLERS[scheduler](config), denoise, start, levels, (step) => noises[step]!))).x.at(-1)!;
  const images = [...seen.map((one) => one.x), result.map((value) => value * scale(levels.at(-1)!))];

  const spacing = spacingOf(config);
  const ofSpacing = spacing && samplingLevels(schedule, run.num_inference_steps, spacing).slice(0, -1);
  const tolerance = EXPLODING.has(scheduler) ? { relative: 2e-5 } : { absolute: 2e-5 };
  const label = (what: string) => `${name} ${what}`;
  return [
    compared(
      label("alphaBars"),
      seen.map(({ level }) => level.signal ** 2),
      alphaBars,
      { relative: 1e-9 },
    ),
    ...(ofSpacing
      ? [
          compared(
            label("spacing"),
            ofSpacing.map(({ signal }) => signal ** 2),
            ofSteps(run, alphaBars),
            { relative: 1e-9 },
          ),
        ]
      : []),
    ...outputs.map((row, k) => compared(label(`model_output[${k}]`), seen[k]?.output ?? [], row, { absolute: 2e-5 })),
    ...x.map((row, k) => compared(label(`x[${k}]`), images[k] ?? [], row, tolerance)),
  ];
}
