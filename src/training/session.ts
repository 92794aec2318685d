/**
 * @file Common parts of the training loops: the state that a session starts with, one step, saving, and when to stop.
 */
import { UnblurError } from "../base/errors.js";
import { Rng } from "../base/random.js";
import type { PairBatch } from "../data/batch.js";
import { checkpointParts, type Progress } from "./checkpoint.js";
import { emaWeight } from "./ema.js";
import { type LearningRateConfig, learningRateAt } from "./learning-rate.js";
import type { SampleSchedule, TrainEvent } from "./loop.js";
import type { Objective } from "./objective.js";
import { stepInPhase, type TrainingPhases } from "./phases.js";
import { loadNewestCheckpoint, type RunStore } from "./run-store.js";
import { notFinite, type Recipe, type StateEntry, type StateValues } from "./state.js";
import type { StepResult } from "./step.js";

export interface Start {
  readonly state: StateValues;
  readonly progress: Progress;
  /** Name of the checkpoint; null: a new run. */
  readonly name: string | null;
  readonly refused: readonly { readonly name: string; readonly reason: string }[];
}

/** The state of `fresh`, or when resuming that of the newest intact checkpoint, if there is one. */
export async function startingState(
  options: { readonly resume: boolean; readonly seed: number; readonly store: RunStore; readonly keep: number },
  layout: readonly StateEntry[],
  fresh: () => StateValues,
): Promise<Start> {
  const { resume, seed, store, keep } = options;
  if (!resume || (await store.checkpoints()).length === 0)
    return { state: fresh(), progress: { step: 0, imagesSeen: 0, elapsedMs: 0 }, name: null, refused: [] };
  const { checkpoint, name, refused } = await loadNewestCheckpoint(store, layout);
  if (checkpoint.seed !== seed)
    throw new UnblurError(
      "checkpoint",
      `${store.name}: checkpoint "${name}" has seed ${checkpoint.seed}, the config ${seed}; a run keeps its seed`,
    );
  for (const damaged of refused) await store.setAsideCheckpoint(damaged.name);
  await store.keepNewest(keep);
  return { state: checkpoint.state, progress: checkpoint.progress, name, refused };
}

export type StopReason = "finished" | "max-steps" | "max-minutes" | "cancelled";

export interface Limits {
  readonly steps: number;
  readonly maxSteps?: number;
  readonly maxMinutes?: number;
  readonly signal?: AbortSignal;
}

/** The reason to stop before another step, or null. */
export function stopReason(limits: Limits, step: number, firstStep: number, sessionMs: number): StopReason | null {
  const { maxSteps = Number.POSITIVE_INFINITY, maxMinutes = Number.POSITIVE_INFINITY } = limits;
  if (limits.signal?.aborted) return "cancelled";
  if (step >= limits.steps) return "finished";
  if (step - firstStep >= maxSteps) return "max-steps";
  return sessionMs >= maxMinutes * 60_000 ? "max-minutes" : null;
}

/** Estimated time to the end of the run or to the session's limit, after `step`. */
export function timeLeftMs(
  limits: Limits,
  step: number,
  firstStep: number,
  sessionMs: number,
  msPerStep: number,
): number {
  const { maxSteps = Number.POSITIVE_INFINITY, maxMinutes = Number.POSITIVE_INFINITY } = limits;
  const stepsLeft = Math.min(limits.steps - step, maxSteps - (step - firstStep));
  return Math.max(0, Math.min(stepsLeft * msPerStep, maxMinutes * 60_000 - sessionMs));
}

/** Saves the state of a session, and knows what has been saved. */
export class Saving {
  /** Step and time of the last checkpoint. */
  #last: { readonly step: number; readonly at: number };

  constructor(
    private readonly options: Parameters<typeof saveCheckpoint>[0],
    private readonly layout: readonly StateEntry[],
    { name, progress }: Start,
    startedAt: number,
  ) {
    this.#last = { step: name === null ? -1 : progress.step, at: startedAt };
  }

  has(step: number): boolean {
    return this.#last.step === step;
  }

  /** Returns whether the last checkpoint is `minutes` old. */
  isDue(now: number, minutes: number): boolean {
    return now - this.#last.at >= minutes * 60_000;
  }

  async save(progress: Progress, state: StateValues): Promise<Extract<TrainEvent, { type: "checkpoint" }>> {
    const name = await saveCheckpoint(this.options, this.layout, progress, state);
    this.#last = { step: progress.step, at: performance.now() };
    return { type: "checkpoint", name, step: progress.step };
  }
}

/** Draws the sample pictures of a state and stores them. */
export async function storeSamples(
  samples: SampleSchedule,
  store: RunStore,
  state: StateValues,
  step: number,
): Promise<Extract<TrainEvent, { type: "samples" }>> {
  const pictures = await samples.draw(state, step);
  for (const { name, picture } of pictures) await store.writeSample(name, picture);
  return { type: "samples", names: pictures.map(({ name }) => name), step };
}

/** Writes a checkpoint, removes old ones and returns its name. Throws `numeric` for a state that is not finite. */
async function saveCheckpoint(
  { store, seed, keep }: { readonly store: RunStore; readonly seed: number; readonly keep: number },
  layout: readonly StateEntry[],
  progress: Progress,
  state: StateValues,
): Promise<string> {
  const bad = notFinite(state);
  if (bad)
    throw new UnblurError(
      "numeric",
      `training step ${progress.step}: "${bad}" is not finite after the update, so the step is not saved; the checkpoints ` +
        "before it stay. Lower the learning rate or clip gradients",
    );
  const name = await store.writeCheckpoint(progress.step, checkpointParts(layout, { progress, seed, state }));
  await store.keepNewest(keep);
  return name;
}

/** Inputs of a training step other than its batch. */
export interface StepRule {
  readonly objective: Objective;
  readonly recipe: Recipe;
  readonly learningRate: LearningRateConfig;
  /** Steps of the whole run. */
  readonly steps: number;
  readonly seed: number;
}

/**
 * Takes one step of a run. `step` counts from 1; the step's noise is that of batch `number`, from 0; `imagesSeen`
 * includes the batch.
 */
export async function takeStep(
  training: TrainingPhases,
  { objective, recipe, learningRate, steps, seed }: StepRule,
  { step, batch, number, imagesSeen }: { step: number; batch: PairBatch; number: number; imagesSeen: number },
): Promise<StepResult & { readonly learningRate: number }> {
  // A phase counts its steps anew: so does its optimiser, and its rate starts at the peak again.
  const own = stepInPhase(objective, step);
  const rateOf = (at: number): number => learningRateAt(learningRate, at, steps);
  const noise = Rng.fromSeed(seed).fork("noise");
  const feeds = await objective.feeds(batch, noise.fork(number + 1), step);
  const result = await training.run(feeds, {
    ...{ step: own, learningRate: rateOf(own) },
    opponent: { step, learningRate: rateOf(step) },
    ...(recipe.ema ? { emaWeight: emaWeight(recipe.ema, batch.size, imagesSeen) } : {}),
  });
  return { ...result, learningRate: rateOf(own) };
}
