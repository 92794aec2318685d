/** @file All requested scores of one picture, and comparison of scores. */
import { UnblurError } from "../base/errors.js";
import { METRICS, type Metric, type MetricName } from "./metrics/catalog.js";
import { checkSameSize, type Levels } from "./metrics/levels.js";
import type { Perception } from "./perception.js";

/**
 * Scores by metric. Infinite where that is the value (PSNR of equal pictures); null where there is none, because a
 * picture is too small or flat.
 */
export type Scores = Readonly<Partial<Record<MetricName, number | null>>>;

async function score(metric: Metric, restored: Levels, truth: Levels, perception?: Perception): Promise<number | null> {
  if (!metric.fits(truth.width, truth.height)) return null;
  try {
    const value = await metric.compute(restored, truth, perception);
    return Number.isNaN(value) ? null : value;
  } catch (error) {
    if (error instanceof UnblurError && error.code === "numeric") return null;
    throw error;
  }
}

/** Throws `shape` if the sizes differ. `perception`: for metrics that need networks. */
export async function scoresOf(
  restored: Levels,
  truth: Levels,
  metrics: readonly MetricName[],
  perception?: Perception,
): Promise<Scores> {
  checkSameSize("scoresOf", restored, truth);
  const scores: Partial<Record<MetricName, number | null>> = {};
  for (const name of metrics) scores[name] = await score(METRICS[name], restored, truth, perception);
  return scores;
}

/** Mean of each metric; null if one of the values is null. */
export function meanScores(all: readonly Scores[]): Scores {
  const names = Object.keys(all[0] ?? {}) as MetricName[];
  const mean = (name: MetricName): number | null => {
    const values = all.map((scores) => scores[name] ?? null);
    return values.includes(null) ? null : values.reduce<number>((sum, value) => sum + value!, 0) / values.length;
  };
  return Object.fromEntries(names.map((name) => [name, mean(name)]));
}

const GAINS = {
  higher: (restored, input) => restored - input,
  lower: (restored, input) => input - restored,
  "nearer 1": (restored, input) => Math.abs(input - 1) - Math.abs(restored - 1),
} as const satisfies Record<Metric["better"], (restored: number, input: number) => number>;

/** Improvement over the input in the metric's unit, positive for better; null if unknown. */
export function gainOf(name: MetricName, restored: Scores, input: Scores): number | null {
  const [after, before] = [restored[name] ?? null, input[name] ?? null];
  if (after === null || before === null) return null;
  const gain = after === before ? 0 : GAINS[METRICS[name].better](after, before);
  return Number.isNaN(gain) ? null : gain;
}
