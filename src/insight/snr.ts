/** @file Signal-to-noise ratio of x_t over a whole process, which is known before any network runs. */
import type { NoiseLevel } from "../diffusion/denoiser.js";
import { isSchedule, type NoiseProcess } from "../diffusion/process.js";
import { levelAt } from "../diffusion/schedule.js";

/** 10 log10(signal^2 / noise^2) for a signal of unit variance: 0 dB where both are equal, infinite at the ends. */
export const snrDb = ({ signal, noise }: NoiseLevel): number => 20 * Math.log10(signal / noise);

export interface SnrPoint {
  /** Index 0 .. T - 1 of a schedule, or time 0 .. 1 of an SDE. Small is clean. */
  readonly t: number;
  readonly snrDb: number;
}

/** The curve in closed form, from clean to noisy, at no more than `points` points, ends included. */
export function snrCurve(forward: NoiseProcess, points = 200): SnrPoint[] {
  if (!isSchedule(forward))
    return Array.from({ length: points }, (_, i) => {
      const t = forward.endTime + (i / (points - 1)) * (1 - forward.endTime);
      return { t, snrDb: snrDb(forward.levelAt(t)) };
    });
  const { T } = forward;
  const count = Math.min(T, points);
  const indices = Array.from({ length: count }, (_, i) => Math.round((i / Math.max(1, count - 1)) * (T - 1)));
  return indices.map((t) => ({ t, snrDb: snrDb(levelAt(forward, t)) }));
}
