/**
 * @file edm_kdiffusion: EDM's samplers and its ablations, and nine samplers of k-diffusion, each image the network saw.
 * x is in the scale of a process whose variance explodes, signal 1, unless a run says otherwise.
 */
import * as z from "zod";
import type { NoiseLevel } from "../../../../src/diffusion/denoiser.js";
import { edmPreconditioning } from "../../../../src/diffusion/edm.js";
import { CLEAN, sigmaOf } from "../../../../src/diffusion/noise-level.js";
import { denoiserFrom } from "../../../../src/diffusion/predictions.js";
import type { Sde } from "../../../../src/diffusion/sde.js";
import { createSde } from "../../../../src/diffusion/sde-catalog.js";
import { type SamplerInput, sample } from "../../../../src/samplers/catalog.js";
import { type SpacingInput, samplingLevels } from "../../../../src/samplers/spacing.js";
import { compared, type Outcome, type Tensors } from "../outcome.js";
import { gaussianNetwork } from "./gaussian-network.js";
import { trace } from "./trace.js";

/** JSON has no infinity: the fixtures write "inf". */
const bound = z.union([z.number(), z.literal("inf").transform(() => Number.MAX_VALUE)]);
const edmRun = z.object({
  name: z.string(),
  sampler: z.enum(["edm_sampler", "ablation_sampler"]),
  args: z.object({
    num_steps: z.int(),
    sigma_min: z.number().default(0.002),
    sigma_max: z.number().default(80),
    rho: z.number().default(7),
    S_churn: z.number().default(0),
    S_min: z.number().default(0),
    S_max: bound.default(Number.MAX_VALUE),
    S_noise: z.number().default(1),
    solver: z.enum(["euler", "heun"]).default("heun"),
    schedule: z.enum(["vp", "ve", "linear"]).default("linear"),
    alpha: z.number().default(1),
  }),
  sigmas: z.array(z.number()).optional(),
  net_sigmas: z.array(z.number()),
});
const kdRun = z.object({
  name: z.string(),
  sampler: z.string(),
  kwargs: z.object({
    s_churn: z.number().default(0),
    s_tmin: z.number().default(0),
    s_tmax: bound.default(Number.MAX_VALUE),
    s_noise: z.number().default(1),
  }),
  sigmas: z.string(),
});
const fileSchema = z.object({
  gauss: z.object({ s: z.number() }),
  runs: z.array(edmRun),
  precond: z.object({
    sigma_data: z.number(),
    ...Object.fromEntries(
      ["sigma", "c_skip", "c_out", "c_in", "c_noise", "loss_weight"].map((name) => [name, z.array(z.number())]),
    ),
  }),
  k_diffusion: z.object({
    sigmas: z.record(z.string(), z.array(z.number())),
    runs: z.array(kdRun),
    /** Their number, and by schedule the arguments in words: "sigma_min .1, sigma_max 10, rho 7". */
    sigma_args: z.intersection(z.object({ n: z.int() }), z.record(z.string(), z.union([z.string(), z.int()]))),
  }),
});
type EdmRun = z.infer<typeof edmRun>;

const exploding = (sigma: number): NoiseLevel => (sigma === 0 ? CLEAN : { signal: 1, noise: sigma });
const logSnr = (sigma: number): number => -2 * Math.log(sigma);

/** The process whose time an ablation's steps are straight in; null for sigma. EDM's VE has sigma = sqrt(t). */
const PROCESSES: Record<EdmRun["args"]["schedule"], Sde | null> = {
  linear: null,
  vp: createSde({ kind: "vp", betaMin: 0.1, betaMax: 20 }),
  ve: {
    family: "ve",
    drift: () => 0,
    diffusion: () => 1,
    levelAt: (t) => ({ signal: 1, noise: Math.sqrt(t) }),
    timeOf: (ratio) => ratio ** 2,
    endTime: 1e-5,
  },
};

interface Seen {
  readonly x: Float32Array;
  readonly level: NoiseLevel;
}

/** Runs a sampler on the exact denoiser; what the network saw, in the scale of signal 1. */
async function run(
  {
    sampler,
    levels,
    start,
    noises,
    sde,
  }: {
    sampler: SamplerInput;
    levels: NoiseLevel[];
    start: Float32Array;
    noises: readonly Float32Array[];
    sde?: Sde | null;
  },
  { s, mean }: { s: number; mean: Float32Array },
) {
  const network = gaussianNetwork("x0", s, mean);
  const seen: Seen[] = [];
  const denoise = denoiserFrom("x0", (xt, level) => {
    seen.push({ x: xt.map((value) => value / level.signal), level });
    return network(xt, level);
  });
  const noise = (step: number, from: number, count: number) => noises[step]!.subarray(from, from + count);
  const way = await trace(sample(sampler, denoise, start, levels, noise, sde ?? undefined));
  return { seen, way };
}

async function checkEdmRun(one: EdmRun, s: number, tensors: Tensors): Promise<Outcome[]> {
  const { name, args, net_sigmas: asked } = one;
  const mean = tensors.get("mean");
  const process = PROCESSES[args.schedule];
  const levelOf = (sigma: number) => (process ? process.levelAt(process.timeOf(sigma)) : exploding(sigma));
  const sigmas = one.sigmas ?? [...asked.filter((_, i) => args.solver === "euler" || i % 2 === 0), 0];
  const levels = sigmas.map((sigma) => (sigma === 0 ? CLEAN : levelOf(sigma)));
  const sampler: SamplerInput = {
    kind: "heun",
    order: args.solver === "euler" ? 1 : 2,
    alpha: args.alpha,
    estimateAtEnd: false,
    variable: process ? "time" : "sigma",
    churn: args.S_churn,
    churnFrom: args.S_min,
    churnTo: args.S_max,
    churnNoise: args.S_noise,
  };
  const noises = tensors.has(`${name}/noise`) ? tensors.rows(`${name}/noise`, mean.length) : [];
  const start = tensors.get(`${name}/latents`).map((value) => value * levels[0]!.noise);
  const { seen, way } = await run({ sampler, levels, start, noises, sde: process }, { s, mean });
  const spacing: SpacingInput = {
    kind: "karras",
    rho: args.rho,
    lowest: logSnr(args.sigma_max),
    highest: logSnr(args.sigma_min),
  };
  return [
    ...(one.sigmas ? [sigmasOf(`${name} sigmas`, args.num_steps, spacing, one.sigmas)] : []),
    compared(
      `${name} net_sigmas`,
      seen.map(({ level }) => sigmaOf(level)),
      asked,
      { relative: 1e-9 },
    ),
    ...tensors
      .rows(`${name}/net_inputs`, mean.length)
      .map((row, k) => compared(`${name} net_inputs[${k}]`, seen[k]?.x ?? [], row, { relative: 2e-5 })),
    compared(`${name} out`, way.x.at(-1)!, tensors.get(`${name}/out`), { absolute: 2e-5 }),
  ];
}

const VE = createSde({ kind: "ve", sigmaMin: 0.001, sigmaMax: 200 });
function sigmasOf(name: string, steps: number, spacing: SpacingInput, expected: readonly number[]): Outcome {
  const ours = samplingLevels(VE, steps, spacing).map(sigmaOf);
  return compared(name, ours, expected, { relative: 1e-9 });
}

const between = (least: number, most: number) => ({ lowest: logSnr(most), highest: logSnr(least) });
/** The numbers in words, in their order; not the digit in a name such as beta_0. */
const numbersIn = (words: string): number[] =>
  [...words.matchAll(/(?<![\w.])-?(?:\d+\.?\d*|\.\d+)(?:e-?\d+)?(?!\w)/g)].map(([number]) => Number(number));
/** k-diffusion's schedules by the beginning of the fixture's name; least and largest sigma, then rho. */
const SPACINGS: Record<string, (least: number, most: number, rho?: number) => SpacingInput> = {
  karras: (least, most, rho = 7) => ({ kind: "karras", rho, ...between(least, most) }),
  exponential: (least, most) => ({ kind: "log-snr", ...between(least, most) }),
  polyexponential: (least, most, rho = 1) => ({ kind: "log-snr", rho, ...between(least, most) }),
};

function checkSigmas(kd: z.infer<typeof fileSchema>["k_diffusion"]): Outcome[] {
  const { n } = kd.sigma_args;
  return Object.entries(kd.sigmas).map(([name, expected]) => {
    const args = numbersIn(String(kd.sigma_args[name] ?? ""));
    const kind = name.split("_")[0]!;
    if (kind !== "vp") return sigmasOf(`sigmas ${name}`, n, SPACINGS[kind]!(args[0]!, args[1]!, args[2]), expected);
    const [spread, betaMin, endTime] = args as [number, number, number];
    const vp = { ...createSde({ kind: "vp", betaMin, betaMax: betaMin + spread }), endTime };
    return compared("sigmas vp", samplingLevels(vp, n, { kind: "linspace" }).map(sigmaOf), expected, {
      relative: 1e-9,
    });
  });
}

const SAMPLERS: Record<string, (kwargs: z.infer<typeof kdRun>["kwargs"]) => SamplerInput> = {
  sample_euler: ({ s_churn: churn, s_tmin: churnFrom, s_tmax: churnTo, s_noise: churnNoise }) =>
    churn === 0 ? { kind: "ddim" } : { kind: "heun", order: 1, churn, churnNoise, churnFrom, churnTo },
  sample_euler_ancestral: () => ({ kind: "ddim", eta: 1 }),
  sample_heun: () => ({ kind: "heun" }),
  sample_dpm_2: () => ({ kind: "dpm-2s", target: "eps" }),
  sample_dpm_2_ancestral: () => ({ kind: "dpm-2s", target: "eps", eta: 1 }),
  sample_lms: () => ({ kind: "lms", estimateAtEnd: false }),
  sample_dpmpp_2s_ancestral: () => ({ kind: "dpm-2s", eta: 1 }),
  sample_dpmpp_2m: () => ({ kind: "dpm-solver", lowerAtEnd: false }),
};

async function checkKdRun(
  { name, sampler, kwargs, sigmas }: z.infer<typeof kdRun>,
  schedules: Readonly<Record<string, readonly number[]>>,
  s: number,
  tensors: Tensors,
): Promise<Outcome[]> {
  const mean = tensors.get("mean");
  const rows = tensors.rows(`${name}/x`, mean.length);
  const noises = tensors.has(`${name}/noise`) ? tensors.rows(`${name}/noise`, mean.length) : [];
  const levels = schedules[sigmas]!.map(exploding);
  // With churn the fixture's first row is after the first noise.
  const first = levels[0]!.noise;
  const churns = first >= kwargs.s_tmin && first <= kwargs.s_tmax;
  const churned = 1 + (churns ? Math.min(kwargs.s_churn / (levels.length - 1), Math.SQRT2 - 1) : 0);
  const added = first * Math.sqrt(churned ** 2 - 1) * kwargs.s_noise;
  const start = added > 0 ? rows[0]!.map((value, i) => value - added * noises[0]![i]!) : rows[0]!.slice();
  const { way } = await run({ sampler: SAMPLERS[sampler]!(kwargs), levels, start, noises }, { s, mean });
  return rows.map((row, k) => compared(`${name} x[${k}]`, way.x[k] ?? [], row, { relative: 2e-5 }));
}

export async function checkEdmKdiffusion(json: unknown, tensors: Tensors): Promise<Outcome[]> {
  const { gauss, runs, precond, k_diffusion: kd } = fileSchema.parse(json);
  const outcomes: Outcome[] = [];
  for (const one of runs) outcomes.push(...(await checkEdmRun(one, gauss.s, tensors)));
  for (const one of kd.runs) outcomes.push(...(await checkKdRun(one, kd.sigmas, gauss.s, tensors)));
  outcomes.push(...checkSigmas(kd));
  const { sigma_data: data, ...columns } = precond as { sigma_data: number } & Record<string, number[]>;
  const ours = columns.sigma!.map((sigma) => edmPreconditioning(sigma, data));
  for (const [name, key] of [
    ["c_skip", "skip"],
    ["c_out", "out"],
    ["c_in", "in"],
    ["c_noise", "noise"],
    ["loss_weight", "lossWeight"],
  ] as const)
    outcomes.push(
      compared(
        `precond ${name}`,
        ours.map((row) => row[key]),
        columns[name]!,
        { relative: 1e-12 },
      ),
    );
  return outcomes;
}
