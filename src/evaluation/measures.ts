/** @file Means over the crops of a test set, with their standard errors, and of differences between models crop by crop. */
import { UnblurError } from "../base/errors.js";
import type { MetricName } from "./metrics/catalog.js";
import type { PictureScores } from "./protocol.js";
import { gainOf, type Scores } from "./scores.js";
import { type Statistic, statistic } from "./summary.js";

/** Which numbers of a crop: the blurry input's, one restoration's (the mean over the samples), or the samples' mean picture's. */
export type Which = "input" | "restored" | "mean";

const scoresOf = (row: PictureScores, which: Which): Scores | null =>
  which === "mean" ? row.meanOfSamples : row[which];

const present = (values: readonly (number | null | undefined)[]): number[] =>
  values.filter((value): value is number => typeof value === "number");

/**
 * The mean over crops. Its error takes crops for independent; crops of one frame are alike, so between frames of other scenes expect
 * more.
 */
export const meanOf = (rows: readonly PictureScores[], metric: MetricName, which: Which = "restored"): Statistic =>
  statistic(present(rows.map((row) => scoresOf(row, which)?.[metric])));

/** The mean gain over the input; above 0 is better, whichever way the metric goes. */
export const meanGain = (rows: readonly PictureScores[], metric: MetricName, which: Which = "restored"): Statistic =>
  statistic(
    present(
      rows.map((row) => {
        const scores = scoresOf(row, which);
        return scores && gainOf(metric, scores, row.input);
      }),
    ),
  );

const placeOf = ({ name, crop }: PictureScores): string => `${name}:${crop ? `${crop.left},${crop.top}` : "whole"}`;

/** Mean of a - b over the same crops: much surer than the difference of two means. Throws `data` if the crops are not the same. */
export function meanDifference(
  a: readonly PictureScores[],
  b: readonly PictureScores[],
  metric: MetricName,
  which: readonly [Which, Which] = ["restored", "restored"],
): Statistic {
  const other = new Map(b.map((row) => [placeOf(row), row]));
  const differences = a.map((row) => {
    const partner = other.get(placeOf(row));
    if (!partner || a.length !== b.length)
      throw new UnblurError(
        "data",
        `meanDifference: expected the same crops on both sides, got ${placeOf(row)} on one`,
      );
    const [left, right] = [scoresOf(row, which[0])?.[metric], scoresOf(partner, which[1])?.[metric]];
    return typeof left === "number" && typeof right === "number" ? left - right : null;
  });
  return statistic(present(differences));
}

/** How many standard errors a mean is from 0 before a report calls it a difference. */
const CLEAR_ERRORS = 2;

/** What the numbers support about a difference: its sign if it is more than two standard errors, else nothing. */
export function signOf({ mean, standardError }: Statistic): "above" | "below" | "unclear" {
  if (mean === null || standardError === null || Math.abs(mean) < CLEAR_ERRORS * standardError) return "unclear";
  return mean > 0 ? "above" : "below";
}
