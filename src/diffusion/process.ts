/** @file The forward process of a model: a discrete schedule or an SDE. Configs hold either, told apart by "kind". */
import * as z from "zod";
import type { NoiseLevel } from "./denoiser.js";
import { levelFromLogSnr } from "./noise-level.js";
import type { NoiseSchedule } from "./schedule.js";
import { createSchedule, scheduleSchema } from "./schedule-catalog.js";
import { sdeFromSchedule } from "./schedule-sde.js";
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
