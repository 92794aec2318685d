/** @file Means over the crops of a test set, and of differences between models crop by crop, with standard errors. */
import { UnblurError } from "../base/errors.js";
import type { MetricName } from "./metrics/catalog.js";
import type { PictureScores } from "./protocol.js";
import { gainOf, type Scores } from "./scores.js";
import { type Statistic, statistic } from "./summary.js";

/**
 * Selects a crop's scores: the blurry input's, a restoration's (mean over the samples), or those of the samples' mean
 * picture.
 */
export type Which = "input" | "restored" | "mean";

const scoresOf = (row: PictureScores, which: Which): Scores | null =>
  which === "mean" ? row.meanOfSamples : row[which];

const present = (values: readonly (number | null | undefined)[]): number[] =>
  values.filter((value): value is number => typeof value === "number");

/**
 * The mean over crops. Its standard error assumes independent crops. Crops of one frame are similar, so the error
 * between frames of different scenes is larger.
 */
export const meanOf = (rows: readonly PictureScores[], metric: MetricName, which: Which = "restored"): Statistic =>
  statistic(present(rows.map((row) => scoresOf(row, which)?.[metric])));

/** The mean gain over the input. Above 0 is better, also for metrics where lower is better. */
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

/** Number of standard errors from 0 beyond which a report calls a mean a difference. */
const CLEAR_ERRORS = 2;

/** The sign of a difference if it exceeds two standard errors, else "unclear". */
export function signOf({ mean, standardError }: Statistic): "above" | "below" | "unclear" {
  if (mean === null || standardError === null || Math.abs(mean) < CLEAR_ERRORS * standardError) return "unclear";
  return mean > 0 ? "above" : "below";
}
