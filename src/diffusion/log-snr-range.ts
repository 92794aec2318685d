/** @file The range of noise levels a schedule spans, as logarithms of the signal-to-noise ratio. */
import { argumentError } from "../base/errors.js";
import { logSnrOf } from "./noise-level.js";
import { levelAt, type NoiseSchedule } from "./schedule.js";

export interface LogSnrRange {
  readonly lowest: number;
  readonly highest: number;
}

/**
 * Bounds given, or else the schedule's own. A last level without signal has no finite log-SNR: the range then ends at the level
 * before it, which with a rescaled schedule is noise but for some parts in 10,000.
 */
export function logSnrRange(
  schedule: NoiseSchedule,
  bounds: { readonly lowest?: number | undefined; readonly highest?: number | undefined } = {},
): LogSnrRange {
  const last = schedule.alphaBars.at(-1)! > 0 ? schedule.T - 1 : schedule.T - 2;
  const lowest = bounds.lowest ?? logSnrOf(levelAt(schedule, Math.max(last, 0)));
  const highest = bounds.highest ?? logSnrOf(levelAt(schedule, 0));
  if (!(Number.isFinite(lowest) && Number.isFinite(highest) && lowest <= highest))
    throw argumentError("logSnrRange", "expected finite lowest <= highest", `${lowest} and ${highest}`);
  return { lowest, highest };
}
