/**
 * @file Catalog of schedules: options with defaults and help, and the curve. Configs hold e.g. {"kind": "linear", "T":
 * 2000}.
 */
import * as z from "zod";
import {
  constantBetas,
  cosineBetas,
  linearBetas,
  quadraticBetas,
  reciprocalBetas,
  sigmoidBetas,
  warmupBetas,
} from "./beta-curves.js";
import { bridgeBetas } from "./bridge.js";
import { type NoiseSchedule, scheduleFromBetas } from "./schedule.js";

/** Published schedules have up to 4,000 levels; each level costs memory and time whenever a schedule is created. */
const MAX_LEVELS = 100_000;

const beta = z.number().gt(0).lt(1);
const common = {
  T: z.int().min(1).max(MAX_LEVELS).describe("number of noise levels"),
  zeroTerminalSnr: z
    .boolean()
    .default(false)
    .describe("rescale so that the last level is pure noise (Lin et al. 2023)"),
};
const ends = {
  start: beta.default(1e-4).describe("beta of the least noisy step"),
  end: beta.default(0.05).describe("beta of the noisiest step"),
};

export const scheduleSchema = z
  .discriminatedUnion("kind", [
    z.strictObject({ kind: z.literal("linear"), ...common, ...ends }),
    z.strictObject({ kind: z.literal("quadratic"), ...common, ...ends }),
    z.strictObject({
      kind: z.literal("warmup"),
      ...common,
      ...ends,
      fraction: z.number().min(0).max(1).default(0.1).describe("share of the steps over which beta rises"),
    }),
    z.strictObject({ kind: z.literal("constant"), ...common, beta: beta.describe("every beta") }),
    z.strictObject({ kind: z.literal("reciprocal"), T: common.T }),
    z.strictObject({
      kind: z.literal("cosine"),
      ...common,
      offset: z.number().gt(0).default(0.008).describe("offset that keeps the first betas above 0"),
      maxBeta: beta.default(0.999).describe("cap on every beta"),
    }),
    z.strictObject({
      kind: z.literal("sigmoid"),
      ...common,
      start: z.number().default(-3).describe("argument of the sigmoid at the least noisy step"),
      end: z.number().default(3).describe("argument of the sigmoid at the noisiest step"),
      tau: z.number().gt(0).default(1).describe("temperature"),
      maxBeta: beta.default(0.999).describe("cap on every beta"),
    }),
    z.strictObject({
      kind: z.literal("bridge"),
      T: z.int().min(2).max(MAX_LEVELS).multipleOf(2).describe("number of noise levels, even"),
      betaMax: z
        .number()
        .positive()
        .max(100)
        .default(0.3)
        .describe("variance of the motion in the middle, times T, for the residual divided by the model's scale"),
    }),
  ])
  .refine((config) => !("zeroTerminalSnr" in config && config.zeroTerminalSnr && config.T < 2), {
    path: ["T"],
    message: "zeroTerminalSnr needs T of at least 2",
  });

/** A schedule with every default filled in; `ScheduleInput` may leave options out. */
export type ScheduleConfig = z.infer<typeof scheduleSchema>;
export type ScheduleInput = z.input<typeof scheduleSchema>;
export type ScheduleKind = ScheduleConfig["kind"];

interface ScheduleEntry<Config> {
  readonly summary: string;
  readonly betas: (config: Config) => Float64Array;
}

export const schedules: { readonly [K in ScheduleKind]: ScheduleEntry<Extract<ScheduleConfig, { kind: K }>> } = {
  linear: { summary: "beta rises evenly; the paper's", betas: ({ T, start, end }) => linearBetas(T, start, end) },
  quadratic: { summary: "sqrt(beta) rises evenly", betas: ({ T, start, end }) => quadraticBetas(T, start, end) },
  warmup: {
    summary: "beta rises evenly, then stays constant",
    betas: ({ T, start, end, fraction }) => warmupBetas(T, start, end, fraction),
  },
  constant: { summary: "the same beta at every step", betas: ({ T, beta }) => constantBetas(T, beta) },
  reciprocal: { summary: "1/T, 1/(T - 1), ..., 1", betas: ({ T }) => reciprocalBetas(T) },
  cosine: {
    summary: "alphaBar is a squared cosine",
    betas: ({ T, offset, maxBeta }) => cosineBetas(T, offset, maxBeta),
  },
  sigmoid: {
    summary: "alphaBar is a falling sigmoid",
    betas: ({ T, start, end, tau, maxBeta }) => sigmoidBetas(T, start, end, tau, maxBeta),
  },
  bridge: {
    summary: "I2SB's bridge from the sharp to the blurry picture, for models whose residual is relative to the photo",
    betas: ({ T, betaMax }) => bridgeBetas(T, betaMax),
  },
};

const betasOf = <K extends ScheduleKind>(config: Extract<ScheduleConfig, { kind: K }>): Float64Array =>
  schedules[config.kind as K].betas(config);

/** The schedule of a config. Throws `argument` if the options give betas outside (0, 1). */
export function createSchedule(config: ScheduleInput): NoiseSchedule {
  const full = scheduleSchema.parse(config);
  const betas = betasOf(full);
  return scheduleFromBetas("zeroTerminalSnr" in full && full.zeroTerminalSnr ? zeroTerminalSnr(betas) : betas);
}

/**
 * Shifts and scales sqrt(alphaBar), algorithm 1 of Lin et al. 2023, so that the last value is 0 and the first stays.
 * Training then ends in the pure noise that sampling starts from. A network must predict v or x0, because eps says
 * nothing about x_0 where there is no signal. betas: [T], T at least 2 -> [T], the last exactly 1.
 */
function zeroTerminalSnr(betas: Float64Array): Float64Array {
  let product = 1;
  const roots = betas.map((beta) => {
    product *= 1 - beta;
    return Math.sqrt(product);
  });
  const [first, last] = [roots[0]!, roots.at(-1)!];
  const rescaled = roots.map((root) => ((root - last) * first) / (first - last));
  return betas.map((beta, t) => (t === 0 ? beta : 1 - (rescaled[t]! / rescaled[t - 1]!) ** 2));
}
