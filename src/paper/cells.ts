/** @file A statistic as text, and how small a difference is none. */

import { formatNumber } from "../evaluation/number-text.js";
import type { Statistic } from "../evaluation/summary.js";

/** Differences below it are shown as 0.00, so no text calls them one: of PSNR in dB, and of tone in levels. */
export const MIN_SHOWN = 0.005;

/** "25.17 ± 0.31", "+0.31 ± 0.02", "25.17" for one picture. */
export function number({ mean, standardError }: Statistic, digits: number, signed = false): string {
  const text = formatNumber({ value: mean, digits, signed });
  return standardError === null ? text : `${text} ± ${formatNumber({ value: standardError, digits })}`;
}
