/** @file The rows of Table 1 as data, shared by the measurements and the report. */
import type { PictureScores } from "../evaluation/protocol.js";
import type { Method, TrainingCropPx } from "./methods.js";
import type { EvaluationTask, PlannedModel, PlannedRun, TestSet } from "./plan.js";
import type { Results } from "./results.js";
import type { Scale } from "./scale.js";

/** One trained network of the table and its measurements. */
export interface TableEntry {
  readonly method: Method;
  readonly cropPx: TrainingCropPx;
  readonly run: PlannedRun;
  /** Evaluations in the order of the test sets. */
  readonly evaluations: readonly EvaluationTask[];
  /** The evaluations with local pooling, for networks with global pooling; null for others. */
  readonly local: readonly EvaluationTask[] | null;
  /**
   * Evaluation on the first test set, sampled from the noised photo instead of pure noise; null for methods that do not
   * sample.
   */
  readonly fromPhoto: EvaluationTask | null;
}

/** All measurements on an entry. */
export const tasksOf = ({ evaluations, local, fromPhoto }: TableEntry): readonly EvaluationTask[] => [
  ...evaluations,
  ...(local ?? []),
  ...(fromPhoto ? [fromPhoto] : []),
];

/** A model that is measured as it is. */
export interface UntrainedEntry {
  readonly model: PlannedModel;
  /** Measurements in the order of the test sets. */
  readonly evaluations: readonly EvaluationTask[];
}

export interface Table1 {
  readonly scale: Scale;
  readonly tests: readonly TestSet[];
  readonly entries: readonly TableEntry[];
  readonly untrained: readonly UntrainedEntry[];
}

/** The scores of an entry on the i-th test set. */
export const scoresOn = (
  results: Results,
  entry: Pick<TableEntry, "evaluations">,
  i: number,
): readonly PictureScores[] => results.of(entry.evaluations[i]!).scores;
