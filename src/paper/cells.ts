/** @file Formats statistics as table cells and as text. */
import type { Statistic } from "../evaluation/summary.js";
import { formatNumber, type NumberCell } from "../reports/table.js";

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
