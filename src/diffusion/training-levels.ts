/**
 * @file Draws the noise levels of a training batch. Pure functions of an `Rng`, so a resumed run draws the same levels.
 */
import * as z from "zod";
import { argumentError, UnblurError } from "../base/errors.js";
import type { Rng } from "../base/random.js";
import type { NoiseLevel } from "./denoiser.js";
import { logSnrRange } from "./log-snr-range.js";
import { levelFromSignal } from "./noise-level.js";
import { isSchedule, levelOfLogSnr, type NoiseProcess, sdeOf } from "./process.js";
import { alphaBarBefore, levelAt, type NoiseSchedule } from "./schedule.js";

export const trainingLevelsSchema = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("between-neighbours") }),
  z.strictObject({ kind: z.literal("index") }),
  z.strictObject({
    kind: z.literal("log-snr"),
    lowest: z.number().optional().describe("log-SNR of the noisiest level; default: that of the process"),
    highest: z.number().optional().describe("log-SNR of the cleanest level; default: that of the process"),
  }),
  z.strictObject({
    kind: z.literal("time"),
    from: z.number().gt(0).lt(1).default(1e-5).describe("the least t: towards 0 the score grows without bound"),
  }),
]);
export type TrainingLevelsConfig = z.infer<typeof trainingLevelsSchema>;
export type TrainingLevelsKind = TrainingLevelsConfig["kind"];

/**
 * sqrt(alphaBar) at fraction u, in [0, 1], between index t - 1 (1 before the first) and index t (Chen et al. 2021,
 * WaveGrad). Published code counts t from 1: its t is ours plus one.
 */
export function levelBetweenNeighbours(schedule: NoiseSchedule, t: number, u: number): NoiseLevel {
  const noisier = levelAt(schedule, t).signal;
  const cleaner = Math.sqrt(alphaBarBefore(schedule, t));
  return levelFromSignal(cleaner + u * (noisier - cleaner));
}

type Draw<Config> = (forward: NoiseProcess, rng: Rng, count: number, config: Config) => readonly NoiseLevel[];

/** Returns the discrete schedule. Throws `config` for a process in continuous time. */
function stepsOf(kind: TrainingLevelsKind, forward: NoiseProcess): NoiseSchedule {
  if (isSchedule(forward)) return forward;
  throw new UnblurError(
    "config",
    `levels "${kind}" are steps of a discrete schedule, and the process is an SDE (${forward.family}); use "time" or "log-snr"`,
  );
}

/**
 * Stratified uniform numbers in [0, 1): one in each of `count` equal parts (Kingma et al. 2021, VDM, appendix I.1). A
 * batch's mean loss varies less.
 */
function spread(rng: Rng, count: number): number[] {
  const offset = rng.fork("u").uniform();
  return Array.from({ length: count }, (_, i) => (offset + i) / count);
}

interface TrainingLevelsEntry<Config> {
  readonly summary: string;
  readonly draw: Draw<Config>;
}

const trainingLevels: {
  readonly [K in TrainingLevelsKind]: TrainingLevelsEntry<Extract<TrainingLevelsConfig, { kind: K }>>;
} = {
  "between-neighbours": {
    summary: "the paper's and SR3's: one t for the batch, sqrt(alphaBar) of each sample uniform between t - 1 and t",
    draw: (forward, rng, count) => {
      const schedule = stepsOf("between-neighbours", forward);
      const t = rng.fork("t").integer(schedule.T);
      const u = rng.fork("u");
      return Array.from({ length: count }, (_, i) => levelBetweenNeighbours(schedule, t, u.uniform(i)));
    },
  },
  index: {
    summary: "a separate index for each sample",
    draw: (forward, rng, count) => {
      const schedule = stepsOf("index", forward);
      const t = rng.fork("t");
      return Array.from({ length: count }, (_, i) => levelAt(schedule, t.integer(schedule.T, i)));
    },
  },
  "log-snr": {
    summary: "a separate level for each sample, uniform in log-SNR, stratified over the batch",
    draw: (forward, rng, count, bounds) => {
      const { lowest, highest } = logSnrRange(forward, bounds);
      return spread(rng, count).map((u) => levelOfLogSnr(forward, lowest + u * (highest - lowest)));
    },
  },
  time: {
    summary:
      "a separate level for each sample, uniform in the time of the SDE (Song et al. 2021), stratified over the batch",
    draw: (forward, rng, count, { from }) => {
      const sde = sdeOf(forward);
      return spread(rng, count).map((u) => sde.levelAt(from + u * (1 - from)));
    },
  },
};

const drawWith = <K extends TrainingLevelsKind>(
  config: Extract<TrainingLevelsConfig, { kind: K }>,
  forward: NoiseProcess,
  rng: Rng,
  count: number,
): readonly NoiseLevel[] => trainingLevels[config.kind as K].draw(forward, rng, count, config);

/** Draws `count` levels, one per sample of a batch. The caller forks `rng` by training step. */
export function drawTrainingLevels(
  config: TrainingLevelsConfig,
  forward: NoiseProcess,
  rng: Rng,
  count: number,
): readonly NoiseLevel[] {
  if (!Number.isInteger(count) || count < 1)
    throw argumentError("drawTrainingLevels", "the batch must have at least one sample", count);
  return drawWith(config, forward, rng, count);
}
