/**
 * @file An experiment as data: the runs it trains, what it then measures on them, and how a report is made of the results. Nothing here
 * trains or measures; `platform/node/paper` does, and keeps what is done.
 */
import type { SourceConfig } from "../data/config.js";
import type { MetricName } from "../evaluation/metrics/catalog.js";
import type { ReportSection } from "../reports/page.js";
import type { SamplingConfig } from "../restoration/model-config.js";
import type { RunConfig } from "../training/run-config.js";
import type { Results } from "./results.js";
import type { Scale } from "./scale.js";

/** Where an experiment finds its pictures, relative to the data folder. Nothing is ever trained on the test pictures. */
export interface ExperimentData {
  readonly training: SourceConfig;
  /** The folder of test pairs. */
  readonly test: string;
}

export interface Setting {
  readonly scale: Scale;
  readonly data: ExperimentData;
  /** A file of the package's `configs/` by its path there without the ending, e.g. "paper/ddpm-64". */
  config(name: string): RunConfig;
}

export interface PlannedRun {
  /** Unique within the experiment; tasks refer to it. */
  readonly id: string;
  readonly label: string;
  readonly config: RunConfig;
}

/** What is different in a model when it is measured from when it was trained. */
export interface ModelChanges {
  readonly sampling?: Partial<SamplingConfig>;
  /** Means over windows that suit training crops of this side, not over the whole picture (Chu et al. 2022, TLC). */
  readonly poolLikePx?: number;
}

/** Test pictures, whole or in crops: the same ones for every model. */
export interface TestSet {
  readonly id: string;
  readonly label: string;
  /** Side of the square crops; null for whole pictures. */
  readonly cropPx: number | null;
  /** Crops of each picture. */
  readonly perPicture: number;
  /** So many pictures, evenly spaced in the list of all; null for all. */
  readonly pictures: number | null;
}

/** Restores a test set and measures it. */
export interface EvaluationTask {
  readonly kind: "evaluation";
  readonly id: string;
  readonly run: string;
  readonly changes: ModelChanges;
  readonly test: TestSet;
  /** Restorations of each picture. */
  readonly samples: number;
  readonly seed: number;
  readonly metrics: readonly MetricName[];
  /** Pictures to keep for the report: the first crop of so many pictures. */
  readonly keep: number;
}

/** Records what happens inside one restoration. */
export interface TrajectoryTask {
  readonly kind: "trajectory";
  readonly id: string;
  readonly run: string;
  readonly changes: ModelChanges;
  /** Which of the test pictures, and the side of its crop. */
  readonly picture: number;
  readonly cropPx: number;
  readonly seed: number;
  /** Steps whose pictures are kept. */
  readonly keep: number;
}

/** Times a network at several sizes. */
export interface CostTask {
  readonly kind: "cost";
  readonly id: string;
  readonly run: string;
  /** Sides of square pictures. */
  readonly sidesPx: readonly number[];
  readonly repeats: number;
}

export type Task = EvaluationTask | TrajectoryTask | CostTask;
export type TaskKind = Task["kind"];

/** What a report says; the shell around it (title, command, machine) is the same for all. */
export interface ReportContent {
  /** The findings in a sentence or two, from the numbers. */
  readonly lead: string;
  readonly notes: readonly string[];
  readonly sections: readonly ReportSection[];
  /** One line for each measurement. */
  readonly records: readonly Readonly<Record<string, string | number | boolean | null>>[];
}

export interface ExperimentPlan {
  readonly runs: readonly PlannedRun[];
  readonly tasks: readonly Task[];
  report(results: Results): ReportContent;
}

export interface Experiment {
  readonly name: string;
  readonly title: string;
  /** What it answers, for the list of experiments. */
  readonly question: string;
  plan(setting: Setting): ExperimentPlan;
}
