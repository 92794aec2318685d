/**
 * @file Means over the pictures of a test set, with their standard errors, and of differences between models.
 * Differences are taken crop by crop; then the crops of a picture count as one value, for they are alike.
 */
import { UnblurError } from "../base/errors.js";
import { exactShare } from "./calibration.js";
import type { MetricName } from "./metrics/catalog.js";
import type { PictureScores } from "./protocol.js";
import { gainOf, type Scores } from "./scores.js";
import { perPicture, type Statistic, statistic } from "./summary.js";

/**
 * Selects a crop's scores: the blurry input's, a restoration's (mean over the samples), or those of the samples' mean
 * picture.
 */
export type Which = "input" | "restored" | "mean";

const scoresOf = (row: PictureScores, which: Which): Scores | null =>
  which === "mean" ? row.meanOfSamples : row[which];

/** The mean over pictures. */
export const meanOf = (rows: readonly PictureScores[], metric: MetricName, which: Which = "restored"): Statistic =>
  statistic(perPicture(rows, (row) => scoresOf(row, which)?.[metric] ?? null));

/** The mean gain over the input. Above 0 is better, also for metrics where lower is better. */
export const meanGain = (rows: readonly PictureScores[], metric: MetricName, which: Which = "restored"): Statistic =>
  statistic(
    perPicture(rows, (row) => {
      const scores = scoresOf(row, which);
      return scores && gainOf(metric, scores, row.input);
    }),
  );

const placeOf = ({ name, crop }: PictureScores): string => `${name}:${crop ? `${crop.left},${crop.top}` : "whole"}`;

/**
 * Mean of a - b over the same crops; its error is much smaller than that of the difference of two means. Throws `data`
 * if the crops differ.
 */
export function meanDifference(
  a: readonly PictureScores[],
  b: readonly PictureScores[],
  metric: MetricName,
  which: readonly [Which, Which] = ["restored", "restored"],
): Statistic {
  const other = new Map(b.map((row) => [placeOf(row), row]));
  if (a.length !== b.length)
    throw new UnblurError(
      "data",
      `meanDifference: expected the same crops on both sides, got ${a.length} and ${b.length}`,
    );
  const difference = (row: PictureScores): number | null => {
    const partner = other.get(placeOf(row));
    if (!partner)
      throw new UnblurError(
        "data",
        `meanDifference: expected the same crops on both sides, got ${placeOf(row)} on one`,
      );
    const [left, right] = [scoresOf(row, which[0])?.[metric], scoresOf(partner, which[1])?.[metric]];
    return typeof left === "number" && typeof right === "number" ? left - right : null;
  };
  return statistic(perPicture(a, difference));
}

/** Confidence at which a report names a difference. */
const CLEAR_SHARE = 0.95;

/**
 * Significance of a paired difference: its sign by Student's t test over pictures at 5 %, else "unclear". Differences
 * below `least`, which a table would show as 0.00, count as none.
 */
export function signOf({ mean, standardError, pictures }: Statistic, least = 0): "above" | "below" | "unclear" {
  if (mean === null || standardError === null || mean === 0 || Math.abs(mean) < least) return "unclear";
  const share = exactShare(Math.abs(mean) / standardError, pictures);
  return share < CLEAR_SHARE ? "unclear" : mean > 0 ? "above" : "below";
}
