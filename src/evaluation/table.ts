/** @file A summary as lines for a terminal. */
import { METRICS, type MetricName } from "./metrics/catalog.js";
import { formatNumber } from "./number-text.js";
import { SET_METRICS, type SetMetric } from "./perception.js";
import type { SetScore, SetScores } from "./set-scores.js";
import type { MetricSummary, Statistic, Summary } from "./summary.js";

const number = (value: number | null, digits: number): string => formatNumber({ value, digits });
const signed = (value: number | null, digits: number): string => formatNumber({ value, digits, signed: true });

const withError = (text: string, { standardError }: Statistic, digits: number): string =>
  standardError === null ? text : `${text} ± ${number(standardError, digits)}`;

const HEADER = ["metric", "input", "restored", "gain", "better", "p"] as const;
const MEAN_HEADER = ["mean of samples", "gain"] as const;

function row(name: MetricName, { input, restored, gain, better, p, meanOfSamples }: MetricSummary): string[] {
  const { unit, digits } = METRICS[name];
  return [
    unit ? `${name} (${unit})` : name,
    number(input.mean, digits),
    withError(number(restored.mean, digits), restored, digits),
    withError(signed(gain.mean, digits), gain, digits),
    `${better} of ${gain.pictures}`,
    p === null ? "-" : p < 0.001 ? "<0.001" : p.toFixed(3),
    ...(meanOfSamples ? [number(meanOfSamples.value.mean, digits), signed(meanOfSamples.gain.mean, digits)] : []),
  ];
}

const SET_DIGITS: Readonly<Record<SetMetric, number>> = { fid: 2, kid: 4 };

function setRow(name: SetMetric, { input, restored }: SetScore): string[] {
  const digits = SET_DIGITS[name];
  const gain = input === null || restored === null ? null : input - restored;
  return [name, number(input, digits), number(restored, digits), signed(gain, digits), "", ""];
}

/** Aligned columns (the first to the left, numbers to the right), then the meaning of each metric. */
export function tableOf(summary: Summary, sets: SetScores = {}): string[] {
  const setEntries = Object.entries(sets) as [SetMetric, SetScore][];
  const entries = Object.entries(summary) as [MetricName, MetricSummary][];
  const samples = entries.some(([, { meanOfSamples }]) => meanOfSamples !== null);
  const cells = [
    [...HEADER, ...(samples ? MEAN_HEADER : [])],
    ...entries.map(([name, entry]) => row(name, entry)),
    ...setEntries.map(([name, entry]) => setRow(name, entry)),
  ];
  const widths = cells[0]!.map((_, column) => Math.max(...cells.map((line) => (line[column] ?? "").length)));
  const lines = cells.map((line) =>
    line.map((cell, c) => (c === 0 ? cell.padEnd(widths[c]!) : cell.padStart(widths[c]!))).join("  "),
  );
  return [
    ...lines,
    "",
    ...entries.map(([name]) => `${name}: ${METRICS[name].summary}; ${METRICS[name].better} is better`),
    ...setEntries.map(
      ([name, { pictures }]) => `${name}: ${SET_METRICS[name]}; lower is better; ${pictures} pictures or crops`,
    ),
    "Means of per-picture values ± standard error; a gain above 0 is an improvement, in the metric's unit. -: picture too small or flat.",
    "p: chance of gains as one-sided as these over pictures (not crops) if there were no difference, by the signed-rank test; 6 pictures are the fewest that can come below 0.05.",
  ];
}
