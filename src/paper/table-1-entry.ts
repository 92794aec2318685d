/** @file The rows of Table 1 as data, between what is measured and how it is told. */
import type { PictureScores } from "../evaluation/protocol.js";
import type { Method, TrainingCropPx } from "./methods.js";
import type { EvaluationTask, PlannedRun, TestSet } from "./plan.js";
import type { Results } from "./results.js";
import type { Scale } from "./scale.js";

/** One trained network of the table, and what is measured on it. */
export interface TableEntry {
  readonly method: Method;
  readonly cropPx: TrainingCropPx;
  readonly run: PlannedRun;
  /** In the order of the test sets. */
  readonly evaluations: readonly EvaluationTask[];
  /** The same with local pooling, where the network pools globally; null elsewhere. */
  readonly local: readonly EvaluationTask[] | null;
  /** On the first test set, sampled from the noised photo instead of noise alone; null for what does not draw. */
  readonly fromPhoto: EvaluationTask | null;
}

/** All that is measured on an entry. */
export const tasksOf = ({ evaluations, local, fromPhoto }: TableEntry): readonly EvaluationTask[] => [
  ...evaluations,
  ...(local ?? []),
  ...(fromPhoto ? [fromPhoto] : []),
];

export interface Table1 {
  readonly scale: Scale;
  readonly tests: readonly TestSet[];
  readonly entries: readonly TableEntry[];
}

/** The scores of an entry on the i-th test set. */
export const scoresOn = (results: Results, entry: TableEntry, i: number): readonly PictureScores[] =>
  results.of(entry.evaluations[i]!).scores;
