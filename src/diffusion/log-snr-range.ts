/** @file Range of the noise levels of a process, as logarithms of the signal-to-noise ratio. */
import { argumentError } from "../base/errors.js";
import type { NoiseLevel } from "./denoiser.js";
import { logSnrOf } from "./noise-level.js";
import { isSchedule, type NoiseProcess } from "./process.js";
import { levelAt } from "./schedule.js";

export interface LogSnrRange {
  readonly lowest: number;
  readonly highest: number;
}

/** The noisiest and the cleanest level. */
function ends(forward: NoiseProcess): readonly [NoiseLevel, NoiseLevel] {
  if (!isSchedule(forward)) return [forward.levelAt(1), forward.levelAt(forward.endTime)];
  const last = forward.alphaBars.at(-1)! > 0 ? forward.T - 1 : forward.T - 2;
  return [levelAt(forward, Math.max(last, 0)), levelAt(forward, 0)];
}

/**
 * The given bounds, by default those of the process. A last level without signal has no finite log-SNR, so the range
 * ends at the level before it, which with a rescaled schedule is noise except for some parts in 10,000.
 */
export function logSnrRange(
  forward: NoiseProcess,
  bounds: { readonly lowest?: number | undefined; readonly highest?: number | undefined } = {},
): LogSnrRange {
  const [noisiest, cleanest] = ends(forward);
  const lowest = bounds.lowest ?? logSnrOf(noisiest);
  const highest = bounds.highest ?? logSnrOf(cleanest);
  if (!(Number.isFinite(lowest) && Number.isFinite(highest) && lowest <= highest))
    throw argumentError("logSnrRange", "expected finite lowest <= highest", `${lowest} and ${highest}`);
  return { lowest, highest };
}
