/** @file A summary as lines for a terminal. */
import { METRICS, type MetricName } from "./metrics/catalog.js";
import type { MetricSummary, Statistic, Summary } from "./summary.js";

const number = (value: number | null, digits: number): string => {
  if (value === null) return "-";
  return Number.isFinite(value) ? value.toFixed(digits) : value > 0 ? "inf" : "-inf";
};

const signed = (value: number | null, digits: number): string => {
  const text = number(value, digits);
  return value !== null && value > 0 ? `+${text}` : text;
};

const withError = (text: string, { standardError }: Statistic, digits: number): string =>
  standardError === null ? text : `${text} ± ${number(standardError, digits)}`;

const HEADER = ["metric", "input", "restored", "gain", "better"] as const;
const MEAN_HEADER = ["mean of samples", "gain"] as const;

function row(name: MetricName, { input, restored, gain, better, meanOfSamples }: MetricSummary): string[] {
  const { unit, digits } = METRICS[name];
  return [
    unit ? `${name} (${unit})` : name,
    number(input.mean, digits),
    withError(number(restored.mean, digits), restored, digits),
    withError(signed(gain.mean, digits), gain, digits),
    `${better} of ${gain.pictures}`,
    ...(meanOfSamples ? [number(meanOfSamples.value.mean, digits), signed(meanOfSamples.gain.mean, digits)] : []),
  ];
}

/** Aligned columns (the first to the left, numbers to the right), then the meaning of each metric. */
export function tableOf(summary: Summary): string[] {
  const entries = Object.entries(summary) as [MetricName, MetricSummary][];
  const samples = entries.some(([, { meanOfSamples }]) => meanOfSamples !== null);
  const cells = [[...HEADER, ...(samples ? MEAN_HEADER : [])], ...entries.map(([name, entry]) => row(name, entry))];
  const widths = cells[0]!.map((_, column) => Math.max(...cells.map((line) => line[column]!.length)));
  const lines = cells.map((line) =>
    line.map((cell, c) => (c === 0 ? cell.padEnd(widths[c]!) : cell.padStart(widths[c]!))).join("  "),
  );
  return [
    ...lines,
    "",
    ...entries.map(([name]) => `${name}: ${METRICS[name].summary}; ${METRICS[name].better} is better`),
    "Means of per-picture values ± standard error; a gain above 0 is an improvement, in the metric's unit. -: picture too small or flat.",
  ];
}
