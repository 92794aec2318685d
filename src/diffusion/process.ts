/** @file The forward process of a model: a discrete schedule or an SDE. Configs hold either, told apart by "kind". */
import * as z from "zod";
import type { NoiseLevel } from "./denoiser.js";
import { monotoneCubic } from "./monotone-cubic.js";
import { levelFromLogSnr } from "./noise-level.js";
import type { NoiseSchedule } from "./schedule.js";
import { createSchedule, scheduleSchema } from "./schedule-catalog.js";
import type { Sde } from "./sde.js";
import { createSde, sdeSchema } from "./sde-catalog.js";

export const processSchema = z.discriminatedUnion("kind", [scheduleSchema, sdeSchema]);
export type ProcessInput = z.input<typeof processSchema>;

export type NoiseProcess = NoiseSchedule | Sde;

export const isSchedule = (forward: NoiseProcess): forward is NoiseSchedule => "alphaBars" in forward;

const SDE_KINDS: ReadonlySet<string> = new Set(sdeSchema.options.map((option) => option.shape.kind.value));
const isSdeInput = (config: ProcessInput): config is z.input<typeof sdeSchema> => SDE_KINDS.has(config.kind);

/** The process of a config. Throws `argument` if the options give betas outside (0, 1). */
export const createProcess = (config: ProcessInput): NoiseProcess =>
  isSdeInput(config) ? createSde(config) : createSchedule(config);

/** The process in continuous time. */
export const sdeOf = (forward: NoiseProcess): Sde => (isSchedule(forward) ? sdeFromSchedule(forward) : forward);

/** The level of a log signal-to-noise ratio, at the scale of the process. */
export const levelOfLogSnr = (forward: NoiseProcess, logSnr: number): NoiseLevel =>
  isSchedule(forward) ? levelFromLogSnr(logSnr) : forward.levelAt(forward.timeOf(Math.exp(-logSnr / 2)));

/**
 * A discrete schedule as a variance-preserving SDE, so that a network trained on DDPM's steps can be sampled in
 * continuous time. Index i of the schedule is t = (i + 1) / T, and t = 0 is clean. Between them the curve of
 * -log(alphaBar) is smooth; its slope is beta(t). The levels at t = 1/T, 2/T, ... are those of the schedule. Beyond
 * t = 1 the curve continues as a straight line. So it does in place of a last level without signal, where beta(t) would
 * be infinite.
 */
export function sdeFromSchedule({ T, alphaBars }: NoiseSchedule): Sde {
  const signalLeft = alphaBars.filter((alphaBar) => alphaBar > 0);
  const integrals = Float64Array.from([1, ...signalLeft], (alphaBar) => -Math.log(alphaBar));
  // A single level without signal has no curve to follow; any curve works that reaches pure noise.
  const curve = monotoneCubic(integrals.length > 1 ? integrals : Float64Array.of(0, 10));
  const stretch = T / Math.max(signalLeft.length, 1); // from t to the curve's parameter, 0 .. 1
  const integral = (t: number): number => curve.at(t * stretch);
  const beta = (t: number): number => curve.slopeAt(t * stretch) * stretch;
  return {
    family: "vp",
    drift: (t) => -0.5 * beta(t),
    diffusion: (t) => Math.sqrt(beta(t)),
    levelAt: (t) => ({ signal: Math.exp(-0.5 * integral(t)), noise: Math.sqrt(-Math.expm1(-integral(t))) }),
    timeOf: (ratio) => curve.inverse(Math.log1p(ratio ** 2)) / stretch,
    endTime: 1 / T,
  };
}
