/**
 * @file The training loop: batches in, events out. It neither prints nor decides what a model is. Everything random is addressed by
 * the seed and the step, and the whole state is in the checkpoint, so a run that was stopped and resumed is the same run.
 */
import { UnblurError } from "../base/errors.js";
import { Rng } from "../base/random.js";
import type { BatchSource } from "../data/batch.js";
import type { Raster } from "../images/image.js";
import type { Weights } from "../nn/parameters.js";
import type { Runtime } from "../runtime/session.js";
import { checkpointParts, type Progress } from "./checkpoint.js";
import { emaWeight } from "./ema.js";
import { type LearningRateConfig, learningRateAt } from "./learning-rate.js";
import type { Objective } from "./objective.js";
import { Pace } from "./pace.js";
import { loadNewestCheckpoint, type RunStore } from "./run-store.js";
import { initialState, notFinite, type Recipe, type StateValues } from "./state.js";
import { compileStep, type StepGraph, TrainingStep } from "./step.js";

export interface TrainOptions {
  readonly runtime: Runtime;
  readonly objective: Objective;
  readonly recipe: Recipe;
  readonly learningRate: LearningRateConfig;
  /** Batch i is of step i + 1; making them ahead is the source's business. Not closed here. */
  readonly batches: BatchSource;
  readonly store: RunStore;
  readonly seed: number;
  /** Steps of the whole run: where it ends, and what the learning rate's schedule refers to. */
  readonly steps: number;
  readonly checkpointEvery: { readonly steps: number; readonly minutes: number };
  /** Checkpoints to keep, the newest. */
  readonly keep: number;
  /** Where a new run starts, by parameter; freshly drawn weights if left out. */
  readonly startWeights?: Weights;
  /** Goes on from the newest whole checkpoint of the store; otherwise starts from initial weights. */
  readonly resume: boolean;
  /** At most this many steps, or minutes, now; the run can be resumed. */
  readonly maxSteps?: number;
  readonly maxMinutes?: number;
  readonly samples?: SampleSchedule;
  /** Saves and stops when it fires. */
  readonly signal?: AbortSignal;
}

/** Pictures to look at while training. `state` is live: use it before returning. */
export interface SampleSchedule {
  readonly everySteps: number;
  draw(state: StateValues, step: number): Promise<readonly { readonly name: string; readonly picture: Raster }[]>;
}

export type StopReason = "finished" | "max-steps" | "max-minutes" | "cancelled";

export type TrainEvent =
  | { readonly type: "started"; readonly progress: Progress; readonly from: string | null }
  /** A damaged checkpoint that was passed over when resuming. */
  | { readonly type: "refused"; readonly name: string; readonly reason: string }
  | {
      readonly type: "step";
      readonly step: number;
      readonly imagesSeen: number;
      readonly loss: number;
      readonly gradNorm: number;
      readonly learningRate: number;
      /** Time spent training, over all sessions of the run. */
      readonly elapsedMs: number;
      readonly imagesPerSecond: number;
      /** Until the run, or what is allowed of it now, is done. */
      readonly timeLeftMs: number;
    }
  | { readonly type: "checkpoint"; readonly name: string; readonly step: number }
  | { readonly type: "samples"; readonly names: readonly string[]; readonly step: number }
  | { readonly type: "stopped"; readonly reason: StopReason; readonly progress: Progress };

/** Where training starts: a new state, or that of the newest whole checkpoint if a run that goes on has written any. */
async function start({ objective, recipe, resume, seed, store, startWeights }: TrainOptions, { layout }: StepGraph) {
  const { parameters } = objective;
  if (!resume || (await store.checkpoints()).length === 0) {
    const state = initialState(parameters, recipe, Rng.fromSeed(seed).fork("initial weights"), startWeights);
    return { state, progress: { step: 0, imagesSeen: 0, elapsedMs: 0 }, name: null, refused: [] };
  }
  const { checkpoint, name, refused } = await loadNewestCheckpoint(store, layout);
  if (checkpoint.seed !== seed)
    throw new UnblurError(
      "checkpoint",
      `${store.name}: checkpoint "${name}" has seed ${checkpoint.seed}, the config ${seed}; a run keeps its seed`,
    );
  for (const damaged of refused) await store.setAsideCheckpoint(damaged.name);
  return { state: checkpoint.state, progress: checkpoint.progress, name, refused };
}

/** The reason to stop before another step, if there is one. */
function stopReason(options: TrainOptions, step: number, firstStep: number, sessionMs: number): StopReason | null {
  const { maxSteps = Number.POSITIVE_INFINITY, maxMinutes = Number.POSITIVE_INFINITY } = options;
  if (options.signal?.aborted) return "cancelled";
  if (step >= options.steps) return "finished";
  if (step - firstStep >= maxSteps) return "max-steps";
  return sessionMs >= maxMinutes * 60_000 ? "max-minutes" : null;
}

/**
 * Trains until the run's last step, a limit or the signal, and saves. Throws `numeric` at a loss or gradient that is not finite:
 * the checkpoints written before stay. Ends the session also if the caller stops iterating, then without saving.
 */
export async function* train(options: TrainOptions): AsyncGenerator<TrainEvent, void, undefined> {
  const { objective, recipe, batches, store, seed, checkpointEvery, samples } = options;
  const stepGraph = compileStep(objective, recipe);
  const { state, progress: first, name: from, refused } = await start(options, stepGraph);
  for (const one of refused) yield { type: "refused", ...one };
  await store.truncateMetrics(first.step);
  await using training = await TrainingStep.open(options.runtime, objective, stepGraph, state);
  yield { type: "started", progress: first, from };

  const noise = Rng.fromSeed(seed).fork("noise");
  const startedAt = performance.now();
  const pace = new Pace(startedAt);
  let progress = first;
  let saved = { step: from === null ? -1 : first.step, at: startedAt };

  const save = async (): Promise<TrainEvent> => {
    const bad = notFinite(training.state);
    if (bad)
      throw new UnblurError(
        "numeric",
        `training step ${progress.step}: "${bad}" is no longer finite after the update, so it is not saved; the checkpoints ` +
          "before stay. Lower the learning rate or clip gradients",
      );
    const parts = checkpointParts(stepGraph.layout, { progress, seed, state: training.state });
    const name = await store.writeCheckpoint(progress.step, parts);
    for (const old of (await store.checkpoints()).slice(options.keep)) await store.removeCheckpoint(old);
    saved = { step: progress.step, at: performance.now() };
    return { type: "checkpoint", name, step: progress.step };
  };

  for (;;) {
    const reason = stopReason(options, progress.step, first.step, performance.now() - startedAt);
    if (reason) {
      if (saved.step !== progress.step) yield await save();
      yield { type: "stopped", reason, progress };
      return;
    }
    const step = progress.step + 1;
    const batch = await batches.batch(step - 1);
    const imagesSeen = progress.imagesSeen + batch.size;
    const learningRate = learningRateAt(options.learningRate, step, options.steps);
    const feeds = await objective.feeds(batch, noise.fork(step));
    const { loss, gradNorm } = await training.run(feeds, {
      step,
      learningRate,
      ...(recipe.ema ? { emaWeight: emaWeight(recipe.ema, batch.size, imagesSeen) } : {}),
    });
    const now = performance.now();
    pace.add(now, batch.size);
    const elapsedMs = first.elapsedMs + now - startedAt;
    progress = { step, imagesSeen, elapsedMs };
    await store.appendMetrics({ step, imagesSeen, loss, gradNorm, learningRate, elapsedMs: Math.round(elapsedMs) });
    const stepsLeft = Math.min(
      options.steps - step,
      (options.maxSteps ?? Number.POSITIVE_INFINITY) - (step - first.step),
    );
    const minutesLeft = (options.maxMinutes ?? Number.POSITIVE_INFINITY) * 60_000 - (now - startedAt);
    yield {
      type: "step",
      ...{ step, imagesSeen, loss, gradNorm, learningRate, elapsedMs },
      imagesPerSecond: pace.imagesPerSecond,
      timeLeftMs: Math.max(0, Math.min(stepsLeft * pace.msPerStep, minutesLeft)),
    };
    if (step % checkpointEvery.steps === 0 || now - saved.at >= checkpointEvery.minutes * 60_000) yield await save();
    if (samples && step % samples.everySteps === 0) {
      const pictures = await samples.draw(training.state, step);
      for (const { name, picture } of pictures) await store.writeSample(name, picture);
      yield { type: "samples", names: pictures.map(({ name }) => name), step };
    }
  }
}
