/** @file What an experiment has measured, as its report reads it. */
import { UnblurError } from "../base/errors.js";
import type { PictureScores } from "../evaluation/protocol.js";
import type { StepRecord } from "../insight/trajectory.js";
import type { Picture } from "../reports/pictures.js";
import type { RunConfig } from "../training/run-config.js";
import type { Task, TaskKind } from "./plan.js";

/** A finished run. */
export interface RunFacts {
  readonly config: RunConfig;
  /** Trained values. */
  readonly parameters: number;
  readonly trainingMs: number;
  /** By part. */
  readonly weightsChecksum: Readonly<Record<string, string>>;
}

/** A picture kept for the report. */
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
  /** Spent restoring and measuring. */
  readonly elapsedMs: number;
  /** How often a network ran for one restoration, on average; each window of a large picture counts. */
  readonly evaluations: number;
  readonly kept: readonly KeptPicture[];
}

/** A step whose pictures are kept. */
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
  /** Power of the truth in each of `BANDS`; null where the crop is too small for such waves. */
  readonly imageBands: readonly (number | null)[];
  /** Of the blurry input against the truth. */
  readonly inputPsnr: number;
  readonly input: Picture;
  readonly truth: Picture;
}

export interface CostResult {
  readonly kind: "cost";
  /** The median of one evaluation of the network, and its multiply-adds, by side. */
  readonly costs: readonly { readonly sidePx: number; readonly ms: number; readonly multiplyAdds: number }[];
}

export type TaskResult = EvaluationResult | TrajectoryResult | CostResult;

export class Results {
  constructor(
    readonly runs: ReadonlyMap<string, RunFacts>,
    private readonly tasks: ReadonlyMap<string, TaskResult>,
  ) {}

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
