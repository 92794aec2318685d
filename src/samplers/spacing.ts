/** @file Spacings: the noise levels that a sampler visits, for any number of steps of one process. */
import * as z from "zod";
import { argumentError } from "../base/errors.js";
import type { NoiseLevel } from "../diffusion/denoiser.js";
import { logSnrRange } from "../diffusion/log-snr-range.js";
import { CLEAN } from "../diffusion/noise-level.js";
import { isSchedule, levelOfLogSnr, type NoiseProcess } from "../diffusion/process.js";
import { levelAt } from "../diffusion/schedule.js";
import type { Sde } from "../diffusion/sde.js";

export const spacingSchema = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("trailing") }),
  z.strictObject({
    kind: z.literal("leading"),
    offset: z.int().min(0).default(0).describe("added to every index"),
  }),
  z.strictObject({ kind: z.literal("linspace") }),
  z.strictObject({
    kind: z.literal("log-snr"),
    rho: z
      .number()
      .positive()
      .optional()
      .describe("1 (default): even in log-SNR; larger: more steps with little noise"),
    lowest: z.number().optional().describe("log-SNR to start at; default: the noisiest of the process"),
    highest: z.number().optional().describe("log-SNR of the last step; default: the cleanest of the process"),
  }),
  z.strictObject({
    kind: z.literal("karras"),
    rho: z.number().min(1).default(7).describe("1: even in noise / signal; larger: more steps with little noise"),
    lowest: z.number().optional().describe("log-SNR to start at; default: the noisiest of the process"),
    highest: z.number().optional().describe("log-SNR of the last step; default: the cleanest of the process"),
  }),
]);
export type SpacingConfig = z.infer<typeof spacingSchema>;
export type SpacingInput = z.input<typeof spacingSchema>;

/** Rounds to the nearest integer, halves to the even one, as NumPy does. */
const roundHalfEven = (value: number): number => {
  const floor = Math.floor(value);
  if (value - floor !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
};

/**
 * Index i of `steps`, counted from the noisy end, as in the diffusers library; the names are those of Lin et al. 2023,
 * table 2.
 */
const byIndex = {
  trailing: (T: number, steps: number, i: number) => roundHalfEven(T - i * (T / steps)) - 1,
  leading: (T: number, steps: number, i: number) => (steps - 1 - i) * Math.floor(T / steps),
  linspace: (T: number, steps: number, i: number) =>
    steps === 1 ? T - 1 : roundHalfEven((steps - 1 - i) * ((T - 1) / (steps - 1))),
} as const;

/** Spacings by index or time; the others space the noise itself. */
type CountedSpacing = Exclude<SpacingConfig, { kind: "log-snr" | "karras" }>;
type NoiseSpacing = Extract<SpacingConfig, { kind: "log-snr" | "karras" }>;

/** `steps` indices, at most T, from noisy to clean. With steps = T every spacing gives T - 1 .. 0. */
export function timesteps(T: number, steps: number, spacing: CountedSpacing): number[] {
  if (!Number.isInteger(steps) || steps < 1 || steps > T)
    throw argumentError("timesteps", `steps must be an integer in 1 .. ${T}, the schedule's T`, steps);
  const offset = spacing.kind === "leading" ? spacing.offset : 0;
  const indices = Array.from({ length: steps }, (_, i) => byIndex[spacing.kind](T, steps, i) + offset);
  if (indices[0]! >= T)
    throw argumentError("timesteps", `the offset moves the first index beyond ${T - 1}; use a smaller one`, offset);
  return indices;
}

/** The same in continuous time, from t = 1 to 1/steps or to the end of the process. */
const byTime = {
  trailing: (_end: number, steps: number, i: number) => 1 - i / steps,
  linspace: (end: number, steps: number, i: number) => (steps === 1 ? 1 : 1 - (i / (steps - 1)) * (1 - end)),
} as const;

function levelsByTime(sde: Sde, steps: number, { kind }: CountedSpacing): NoiseLevel[] {
  if (kind === "leading")
    throw argumentError(
      "samplingLevels",
      'the process is an SDE, which has no indices; use "linspace", "trailing", "log-snr" or "karras"',
      kind,
    );
  return Array.from({ length: checkSteps(steps) }, (_, i) => sde.levelAt(byTime[kind](sde.endTime, steps, i)));
}

function checkSteps(steps: number): number {
  if (Number.isInteger(steps) && steps >= 1) return steps;
  throw argumentError("samplingLevels", "steps must be a positive integer", steps);
}

/** The log-SNR at fraction u, in [0, 1], between the noisiest and the cleanest level. */
function logSnrAt(spacing: NoiseSpacing, lowest: number, highest: number, u: number): number {
  // With rho other than 1 this is k-diffusion's "polyexponential".
  if (spacing.kind === "log-snr") return highest + (1 - u) ** (spacing.rho ?? 1) * (lowest - highest);
  // Karras et al. 2022, eq. 5: even in sigma^(1 / rho), sigma = noise / signal.
  const { rho } = spacing;
  const [most, least] = [lowest, highest].map((logSnr) => Math.exp(-logSnr / (2 * rho))) as [number, number];
  return -2 * rho * Math.log(most + u * (least - most));
}

/** Levels spaced by noise. A level without signal has no log-SNR, so it comes first, on its own. */
function levelsByNoise(forward: NoiseProcess, steps: number, spacing: NoiseSpacing): NoiseLevel[] {
  const { lowest, highest } = logSnrRange(forward, spacing);
  const last = isSchedule(forward) ? levelAt(forward, forward.T - 1) : forward.levelAt(1);
  const head = spacing.lowest === undefined && last.signal === 0 ? [last] : [];
  const rest = checkSteps(steps) - head.length;
  const levels = Array.from({ length: rest }, (_, i) =>
    levelOfLogSnr(forward, logSnrAt(spacing, lowest, highest, rest === 1 ? 0 : i / (rest - 1))),
  );
  return [...head, ...levels];
}

/**
 * The levels of `steps` steps, from noisy to clean, then `CLEAN`: [steps + 1]. "trailing" starts at the noisiest index,
 * "leading" below it (with T = 1000 and 10 steps: 900), "linspace" includes the first and the last. For an SDE, times
 * take the place of indices; "linspace" is then the grid of published code (Song et al. 2021).
 */
export function samplingLevels(forward: NoiseProcess, steps: number, spacing: SpacingInput): NoiseLevel[] {
  const config = spacingSchema.parse(spacing);
  if (config.kind === "log-snr" || config.kind === "karras") return [...levelsByNoise(forward, steps, config), CLEAN];
  const levels = isSchedule(forward)
    ? timesteps(forward.T, steps, config).map((t) => levelAt(forward, t))
    : levelsByTime(forward, steps, config);
  return [...levels, CLEAN];
}

/** Number of steps that stands for the most where a process has no indices. */
const MANY = 1000;

/** The ends of the spacing with the most steps, for samplers that choose the steps between themselves: [3]. */
export function samplingEnds(forward: NoiseProcess, spacing: SpacingInput): NoiseLevel[] {
  const levels = samplingLevels(forward, isSchedule(forward) ? forward.T : MANY, spacing);
  return [levels[0]!, levels.at(-2)!, CLEAN];
}
