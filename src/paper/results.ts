/** @file Measured results of an experiment, as its report reads them. */
import { UnblurError } from "../base/errors.js";
import type { PictureScores } from "../evaluation/protocol.js";
import type { StepRecord } from "../insight/trajectory.js";
import type { Picture } from "../reports/pictures.js";
import type { RunConfig } from "../training/run-config.js";
import type { Task, TaskKind } from "./plan.js";

/** Facts about a finished run. */
export interface RunFacts {
  readonly config: RunConfig;
  /** Number of trained values. */
  readonly parameters: number;
  readonly trainingMs: number;
  /** Checksums by part of the model. */
  readonly weightsChecksum: Readonly<Record<string, string>>;
}

/** A picture stored for the report. */
export interface KeptPicture {
  readonly name: string;
  readonly input: Picture;
  readonly samples: readonly Picture[];
  readonly mean: Picture | null;
  readonly truth: Picture;
  readonly scores: PictureScores;
}

export interface EvaluationResult {
  readonly kind: "evaluation";
  readonly scores: readonly PictureScores[];
  /** Time of restoring and measuring. */
  readonly elapsedMs: number;
  /** Mean number of network evaluations per restoration; each window of a large picture counts. */
  readonly evaluations: number;
  readonly kept: readonly KeptPicture[];
}

/** A step with stored pictures. */
export interface KeptStep {
  readonly index: number;
  readonly xt: Picture;
  readonly estimate: Picture;
  readonly change: Picture;
}

export interface TrajectoryResult {
  readonly kind: "trajectory";
  readonly name: string;
  readonly steps: readonly StepRecord[];
  readonly kept: readonly KeptStep[];
  /** Power of the truth in each of `BANDS`; null if the crop is too small for such waves. */
  readonly imageBands: readonly (number | null)[];
  /** PSNR of the blurry input relative to the truth, in dB. */
  readonly inputPsnr: number;
  readonly input: Picture;
  readonly truth: Picture;
}

export interface CostResult {
  readonly kind: "cost";
  /** Median time and multiply-adds of one evaluation of the network, by side. */
  readonly costs: readonly { readonly sidePx: number; readonly ms: number; readonly multiplyAdds: number }[];
}

export type TaskResult = EvaluationResult | TrajectoryResult | CostResult;

/** Facts about a model that was not trained here. */
export interface ModelFacts {
  readonly parameters: number;
}

export class Results {
  constructor(
    readonly runs: ReadonlyMap<string, RunFacts>,
    readonly models: ReadonlyMap<string, ModelFacts>,
    private readonly tasks: ReadonlyMap<string, TaskResult>,
  ) {}

  model(id: string): ModelFacts {
    const model = this.models.get(id);
    if (!model)
      throw new UnblurError("argument", `results: expected the model "${id}", got ${[...this.models.keys()]}`);
    return model;
  }

  run(id: string): RunFacts {
    const run = this.runs.get(id);
    if (!run) throw new UnblurError("argument", `results: expected the run "${id}", got ${[...this.runs.keys()]}`);
    return run;
  }

  /** The result of a task of the plan. */
  of<K extends TaskKind>(task: Extract<Task, { kind: K }>): Extract<TaskResult, { kind: K }> {
    const result = this.tasks.get(task.id);
    if (result?.kind !== task.kind)
      throw new UnblurError(
        "argument",
        `results: expected ${task.kind} "${task.id}", got ${result?.kind ?? "nothing"}`,
      );
    return result as Extract<TaskResult, { kind: K }>;
  }
}
