/** @file Estimates the time of an experiment before it starts: its multiply-adds divided by the machine's speed. */
import { networkMultiplyAdds } from "../networks/cost.js";
import type { ModelConfig } from "../restoration/model-config.js";
import { type TrainingCost, trainingCost } from "../training/cost.js";
import { partOf } from "../training/objectives/catalog.js";
import type { ExperimentPlan, PlannedModel, PlannedRun, Task, TestSet } from "./plan.js";
import { SCALE, type Scale } from "./scale.js";

/** Multiply-adds of one restoration of one picture. */
function restoringMultiplyAdds(
  { predictor, diffusion, sampling }: ModelConfig,
  sidePx: number,
  steps?: number,
): number {
  const passes = steps ?? sampling?.steps ?? 0;
  return (
    (predictor ? networkMultiplyAdds(predictor.network, sidePx) : 0) +
    (diffusion ? passes * networkMultiplyAdds(diffusion.network, sidePx) : 0)
  );
}

/** Side of a square with as many pixels as a GoPro frame, for pictures that have not been opened yet. */
const FRAME_SIDE_PX = Math.sqrt(1280 * 720);

function taskMultiplyAdds(task: Task, { config }: PlannedRun, testPictures: number): number {
  if (task.kind === "cost") {
    const network = config.model[partOf(config.objective)]!.network;
    return task.sidesPx.reduce((sum, side) => sum + (task.repeats + 1) * networkMultiplyAdds(network, side), 0);
  }
  if (task.kind === "trajectory") return restoringMultiplyAdds(config.model, task.cropPx, task.changes.sampling?.steps);
  const { test, samples, changes } = task;
  const steps = changes.sampling?.steps;
  return pictureCount(test, testPictures) * samples * restoringMultiplyAdds(config.model, sideOf(test), steps);
}

const sideOf = ({ cropPx }: TestSet): number => cropPx ?? FRAME_SIDE_PX;

/** Pictures or crops. */
const pictureCount = ({ pictures, cropPx, perPicture }: TestSet, testPictures: number): number =>
  Math.min(pictures ?? testPictures, testPictures) * (cropPx === null ? 1 : perPicture);

/** Cost of a model that is not trained here. */
function untrainedMs(task: Task, { msPerMegapixel }: PlannedModel, testPictures: number): number {
  if (task.kind !== "evaluation") return 0;
  const { test, samples } = task;
  return pictureCount(test, testPictures) * samples * (sideOf(test) ** 2 / 1e6) * msPerMegapixel;
}

export interface Estimate {
  /** Milliseconds by the id of each run and task. */
  readonly ms: ReadonlyMap<string, number>;
  readonly totalMs: number;
  /** Cost of training, by the id of each run. */
  readonly costs: ReadonlyMap<string, TrainingCost>;
}

/** `multiplyAddsPerMs`: the machine's speed at a plain convolution. */
export function estimate(
  { runs, models = [], tasks }: Pick<ExperimentPlan, "runs" | "models" | "tasks">,
  scale: Scale,
  { multiplyAddsPerMs, testPictures }: { readonly multiplyAddsPerMs: number; readonly testPictures: number },
): Estimate {
  const speed = multiplyAddsPerMs * SCALE[scale].efficiency;
  const runOf = new Map(runs.map((run) => [run.id, run]));
  const modelOf = new Map(models.map((model) => [model.id, model]));
  const taskMs = (task: Task): number => {
    const model = modelOf.get(task.run);
    if (model) return untrainedMs(task, model, testPictures);
    return taskMultiplyAdds(task, runOf.get(task.run)!, testPictures) / speed;
  };
  const costs = new Map(runs.map(({ id, config }) => [id, trainingCost(config)]));
  const ms = new Map<string, number>([
    ...[...costs].map(([id, { multiplyAdds }]) => [id, multiplyAdds / speed] as const),
    ...tasks.map((task) => [task.id, taskMs(task)] as const),
  ]);
  return { ms, totalMs: [...ms.values()].reduce((sum, value) => sum + value, 0), costs };
}
