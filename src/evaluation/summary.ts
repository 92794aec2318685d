/** @file Scores of a data set from those of its pictures: means of per-picture values and their standard errors. */
import type { MetricName } from "./metrics/catalog.js";
import { signedRankTest } from "./paired-test.js";
import type { PictureScores } from "./protocol.js";
import { gainOf, type Scores } from "./scores.js";

export interface Statistic {
  /** Null if no picture has a value. */
  readonly mean: number | null;
  /** Standard error of the mean, from the spread over pictures; null for fewer than two. */
  readonly standardError: number | null;
  /** Number of pictures with a value. */
  readonly pictures: number;
}

export interface MetricSummary {
  readonly input: Statistic;
  readonly restored: Statistic;
  /** Improvement over the input: positive is better, whichever direction the metric has. */
  readonly gain: Statistic;
  /** Number of pictures that improved. */
  readonly better: number;
  /** Two-sided p-value of the signed-rank test on the pictures' gains; null if none changed. */
  readonly p: number | null;
  /** Null if each picture has one sample. */
  readonly meanOfSamples: { readonly value: Statistic; readonly gain: Statistic } | null;
}

export type Summary = Readonly<Partial<Record<MetricName, MetricSummary>>>;

export function statistic(values: readonly number[]): Statistic {
  const n = values.length;
  if (n === 0) return { mean: null, standardError: null, pictures: 0 };
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (n - 1);
  const standardError = n > 1 && Number.isFinite(mean) ? Math.sqrt(variance / n) : null;
  return { mean: Number.isNaN(mean) ? null : mean, standardError, pictures: n };
}

/**
 * Averages the crops of each picture to one value. Crops of a picture are correlated, so counting each would understate
 * the standard error.
 */
export function perPicture(
  scores: readonly PictureScores[],
  value: (scores: PictureScores) => number | null,
): number[] {
  const values = new Map<string, number[]>();
  for (const row of scores) {
    const one = value(row);
    if (one !== null) values.set(row.name, [...(values.get(row.name) ?? []), one]);
  }
  return [...values.values()].map((crops) => crops.reduce((sum, one) => sum + one, 0) / crops.length);
}

/** One entry per computed metric, in the requested order. */
export function summarise(scores: readonly PictureScores[]): Summary {
  const names = Object.keys(scores[0]?.input ?? {}) as MetricName[];
  const summary = (name: MetricName): MetricSummary => {
    const over = (value: (row: PictureScores) => number | null) => perPicture(scores, value);
    const of = (which: (row: PictureScores) => Scores | null) => statistic(over((row) => which(row)?.[name] ?? null));
    const gains = over(({ restored, input }) => gainOf(name, restored, input));
    const meanGain = ({ meanOfSamples: mean, input }: PictureScores) => mean && gainOf(name, mean, input);
    return {
      input: of(({ input }) => input),
      restored: of(({ restored }) => restored),
      gain: statistic(gains),
      better: gains.filter((gain) => gain > 0).length,
      p: signedRankTest(gains),
      meanOfSamples: scores.some(({ meanOfSamples }) => meanOfSamples !== null)
        ? { value: of(({ meanOfSamples }) => meanOfSamples), gain: statistic(over(meanGain)) }
        : null,
    };
  };
  return Object.fromEntries(names.map((name) => [name, summary(name)]));
}
