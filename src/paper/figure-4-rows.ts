/** @file Measurements of Figure 4 by schedule, start and sampler. */

import { meanDifference } from "../evaluation/measures.js";
import type { PictureScores } from "../evaluation/protocol.js";
import type { Statistic } from "../evaluation/summary.js";
import type { Condition } from "./figure-4.js";
import type { PlannedRun, TestSet } from "./plan.js";
import type { Results } from "./results.js";
import type { Scale } from "./scale.js";

export interface Figure4 {
  readonly scale: Scale;
  readonly runs: readonly PlannedRun[];
  /** Test sets: crops of 64 px, then of 128 px. */
  readonly tests: readonly TestSet[];
  readonly conditions: readonly Condition[];
}

/** Scores of a condition on the crops of one size. */
export const scoresOf = (results: Results, condition: Condition, test: number): readonly PictureScores[] =>
  results.of(condition.evaluations[test]!).scores;

/** Returns the scores of one variant, start and sampler, on the crops of both sizes. */
export const rowsBy =
  ({ conditions, tests }: Figure4, results: Results) =>
  (id: string, start: string, sampler: string): PictureScores[] => {
    const condition = conditions.find(
      (one) => one.variant.id === id && one.start === start && one.sampler === sampler,
    )!;
    return tests.flatMap((_, i) => scoresOf(results, condition, i));
  };

export const samplersOf = ({ conditions }: Figure4): string[] => [...new Set(conditions.map(({ sampler }) => sampler))];

/** Tone error of `a` minus that of `b` in levels of 255, over the same crops. */
export const toneDifference = (a: PictureScores[], b: PictureScores[]): Statistic => meanDifference(a, b, "tone-error");
