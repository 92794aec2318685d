/** @file Formats statistics as table cells and as text. */
import type { Statistic } from "../evaluation/summary.js";
import { formatNumber, type NumberCell } from "../reports/table.js";

/** Differences below it are shown as 0.00, so no text calls them one: of PSNR in dB, and of tone in levels. */
export const LEAST_SHOWN = 0.005;

/** A mean with its standard error. */
export const cell = ({ mean, standardError }: Statistic, digits: number, signed = false): NumberCell => ({
  value: mean,
  error: standardError,
  digits,
  signed,
});

/** "25.17 ± 0.31", "+0.31 ± 0.02", "25.17" for one picture. */
export function number({ mean, standardError }: Statistic, digits: number, signed = false): string {
  const text = formatNumber({ value: mean, digits, signed });
  return standardError === null ? text : `${text} ± ${formatNumber({ value: standardError, digits })}`;
}
