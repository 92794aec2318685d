/**
 * @file An experiment as data: the runs to train, the measurements on them, and the report of the results. This file
 * computes nothing; `platform/node/experiments` trains and measures, and stores finished work.
 */
import type { SourceConfig } from "../data/config.js";
import type { MetricName } from "../evaluation/metrics/catalog.js";
import type { PerceptualMetric } from "../evaluation/perception.js";
import type { ReportSection } from "../reports/page.js";
import type { SamplingConfig } from "../restoration/model-config.js";
import type { RunConfig } from "../training/run-config.js";
import type { Results } from "./results.js";
import type { Scale } from "./scale.js";

/**
 * Locations of an experiment's pictures, relative to the data folder. The test pictures are never used for training.
 */
export interface ExperimentData {
  readonly training: SourceConfig;
  /** The folder of test pairs. */
  readonly test: string;
}

export interface Setting {
  readonly scale: Scale;
  readonly data: ExperimentData;
  /** Measures by networks whose weights are installed. */
  readonly perceptual?: readonly PerceptualMetric[];
  /** A config of the package by its path under `configs/` without the ending, e.g. "paper/ddpm-64". */
  config(name: string): RunConfig;
}

export interface PlannedRun {
  /** Unique within the experiment; tasks refer to it. */
  readonly id: string;
  readonly label: string;
  readonly config: RunConfig;
}

/** A model of the package that is measured as it is, beside those that are trained. */
export interface PlannedModel {
  /** Unique among runs and models; tasks refer to it as to a run. */
  readonly id: string;
  readonly label: string;
  /** Name of the model. */
  readonly model: string;
  /** Remark in the report, because it was not trained like the others. */
  readonly note: string;
  /** Basis of the time estimate. */
  readonly msPerMegapixel: number;
}

/** Changes of a model for a measurement, relative to its training. */
export interface ModelChanges {
  readonly sampling?: Partial<SamplingConfig>;
  /**
   * Side of the training crops from which the pooling windows are derived (Chu et al. 2022, TLC); unset: the model's
   * pooling.
   */
  readonly poolLikePx?: number;
}

/** Test pictures, whole or as crops; the same for every model. */
export interface TestSet {
  readonly id: string;
  readonly label: string;
  /** Side of the square crops in pixels; null for whole pictures. */
  readonly cropPx: number | null;
  /** Number of crops per picture. */
  readonly perPicture: number;
  /** Number of pictures, evenly spaced in the list; null for all. */
  readonly pictures: number | null;
}

/** Restores a test set and measures it. */
export interface EvaluationTask {
  readonly kind: "evaluation";
  readonly id: string;
  /** Id of a run or a model of the plan. */
  readonly run: string;
  readonly changes: ModelChanges;
  readonly test: TestSet;
  /** Number of restorations per picture. */
  readonly samples: number;
  readonly seed: number;
  readonly metrics: readonly MetricName[];
  /** Number of pictures to store for the report; the first crop of each. */
  readonly keep: number;
}

/** Records the steps of one restoration. */
export interface TrajectoryTask {
  readonly kind: "trajectory";
  readonly id: string;
  readonly run: string;
  readonly changes: ModelChanges;
  /** Index of the test picture, and the side of its crop. */
  readonly picture: number;
  readonly cropPx: number;
  readonly seed: number;
  /** Number of steps whose pictures are stored. */
  readonly keep: number;
}

/** Times a network at several sizes. */
export interface CostTask {
  readonly kind: "cost";
  readonly id: string;
  readonly run: string;
  /** Sides of the square pictures, in pixels. */
  readonly sidesPx: readonly number[];
  readonly repeats: number;
}

export type Task = EvaluationTask | TrajectoryTask | CostTask;
export type TaskKind = Task["kind"];

/** Content of a report; its frame (title, command, machine) is the same for all. */
export interface ReportContent {
  /** The findings in one or two sentences, derived from the numbers. */
  readonly lead: string;
  readonly notes: readonly string[];
  readonly sections: readonly ReportSection[];
  /** One record for each measurement. */
  readonly records: readonly Readonly<Record<string, string | number | boolean | null>>[];
}

export interface ExperimentPlan {
  readonly runs: readonly PlannedRun[];
  readonly models?: readonly PlannedModel[];
  readonly tasks: readonly Task[];
  report(results: Results): ReportContent;
}

export interface Experiment {
  readonly name: string;
  readonly title: string;
  /** The question that the experiment answers, for the list of experiments. */
  readonly question: string;
  plan(setting: Setting): ExperimentPlan;
}
