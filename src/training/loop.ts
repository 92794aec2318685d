/**
 * @file The training loop: batches in, events out. It does not print and does not know what a model is. Everything
 * random is addressed by seed and step, and the checkpoint holds the whole state, so a run that was stopped and resumed
 * equals an uninterrupted one.
 */
import { Rng } from "../base/random.js";
import type { BatchSource } from "../data/batch.js";
import type { PictureScores } from "../evaluation/protocol.js";
import type { Raster } from "../images/image.js";
import type { Weights } from "../nn/parameters.js";
import type { Runtime } from "../runtime/session.js";
import type { Progress } from "./checkpoint.js";
import type { LearningRateConfig } from "./learning-rate.js";
import type { Objective } from "./objective.js";
import { Pace } from "./pace.js";
import { TrainingPhases } from "./phases.js";
import type { RunStore } from "./run-store.js";
import { Saving, type StopReason, startingState, stopReason, storeSamples, takeStep, timeLeftMs } from "./session.js";
import { initialState, type Recipe, type StateValues, stateLayout } from "./state.js";
import { type Validation, validationMetrics } from "./validation.js";

export interface TrainOptions {
  readonly runtime: Runtime;
  readonly objective: Objective;
  readonly recipe: Recipe;
  readonly learningRate: LearningRateConfig;
  /** Batch i belongs to step i + 1. The source may prefetch batches. The loop does not close it. */
  readonly batches: BatchSource;
  readonly store: RunStore;
  readonly seed: number;
  /** Steps of the whole run, over which the learning rate's schedule extends. */
  readonly steps: number;
  readonly checkpointEvery: { readonly steps: number; readonly minutes: number };
  /** Number of newest checkpoints to keep. */
  readonly keep: number;
  /** Initial weights of a new run, by parameter; by default drawn at random. */
  readonly startWeights?: Weights;
  /** Resume from the newest intact checkpoint of the store instead of starting from initial weights. */
  readonly resume: boolean;
  /** Limits of this session in steps or minutes; the run can be resumed. */
  readonly maxSteps?: number;
  readonly maxMinutes?: number;
  readonly samples?: SampleSchedule;
  readonly validation?: Validation;
  /** Saves and stops when it fires. */
  readonly signal?: AbortSignal;
}

/** Sample pictures during training. `state` is live: use it before returning. */
export interface SampleSchedule {
  readonly everySteps: number;
  draw(state: StateValues, step: number): Promise<readonly { readonly name: string; readonly picture: Raster }[]>;
}

export type TrainEvent =
  | { readonly type: "started"; readonly progress: Progress; readonly from: string | null }
  /** A damaged checkpoint that was skipped when resuming. */
  | { readonly type: "refused"; readonly name: string; readonly reason: string }
  | {
      readonly type: "step";
      readonly step: number;
      readonly imagesSeen: number;
      readonly loss: number;
      readonly gradNorm: number;
      readonly learningRate: number;
      /** Training time over all sessions of the run. */
      readonly elapsedMs: number;
      readonly imagesPerSecond: number;
      /** Estimated time to the end of the run or to the session's limit. */
      readonly timeLeftMs: number;
    }
  | { readonly type: "checkpoint"; readonly name: string; readonly step: number }
  | { readonly type: "samples"; readonly names: readonly string[]; readonly step: number }
  | { readonly type: "validation"; readonly step: number; readonly scores: readonly PictureScores[] }
  | { readonly type: "stopped"; readonly reason: StopReason; readonly progress: Progress };

/**
 * Trains until the run's last step, a limit or the signal, and saves. Throws `numeric` if a loss or gradient is not
 * finite; earlier checkpoints stay. If the caller stops iterating, the session ends without saving.
 */
export async function* train(options: TrainOptions): AsyncGenerator<TrainEvent, void, undefined> {
  const { objective, recipe, batches, store, seed, checkpointEvery, samples, validation } = options;
  const layout = stateLayout(objective, recipe);
  const fresh = () => initialState(objective, recipe, Rng.fromSeed(seed).fork("initial weights"), options.startWeights);
  const start = await startingState(options, layout, fresh);
  const { state, progress: first, name: from, refused } = start;
  for (const one of refused) yield { type: "refused", ...one };
  await store.truncateMetrics(first.step);
  await using training = await TrainingPhases.open(options.runtime, objective, recipe, state, first.step + 1);
  yield { type: "started", progress: first, from };

  const startedAt = performance.now();
  const pace = new Pace(startedAt);
  const saving = new Saving(options, layout, start, startedAt);
  let progress = first;

  for (;;) {
    const reason = stopReason(options, progress.step, first.step, performance.now() - startedAt);
    if (reason) {
      if (!saving.has(progress.step)) yield await saving.save(progress, training.state);
      yield { type: "stopped", reason, progress };
      return;
    }
    const step = progress.step + 1;
    const batch = await batches.batch(step - 1);
    const imagesSeen = progress.imagesSeen + batch.size;
    const taken = await takeStep(training, options, { step, batch, number: step - 1, imagesSeen });
    const { loss, gradNorm, terms, learningRate } = taken;
    const now = performance.now();
    pace.add(now, batch.size);
    const elapsedMs = first.elapsedMs + now - startedAt;
    progress = { step, imagesSeen, elapsedMs };
    const scores = validation && step % validation.everySteps === 0 ? await validation.measure(training.state) : null;
    await store.appendMetrics({
      ...{ step, imagesSeen, loss, gradNorm, learningRate },
      ...terms,
      ...(scores ? validationMetrics(scores) : {}),
      elapsedMs: Math.round(elapsedMs),
    });
    yield {
      type: "step",
      ...{ step, imagesSeen, loss, gradNorm, learningRate, elapsedMs },
      imagesPerSecond: pace.imagesPerSecond,
      timeLeftMs: timeLeftMs(options, step, first.step, now - startedAt, pace.msPerStep),
    };
    if (scores) yield { type: "validation", step, scores };
    // Before the checkpoint: a run that is killed between the two draws them when it is resumed.
    if (samples && step % samples.everySteps === 0) yield await storeSamples(samples, store, training.state, step);
    if (step % checkpointEvery.steps === 0 || saving.isDue(now, checkpointEvery.minutes))
      yield await saving.save(progress, training.state);
  }
}
