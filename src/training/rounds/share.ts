/** @file One share of a round: some steps of a run from a given state, with batches of its own. */
import { throwIfCancelled } from "../../base/errors.js";
import type { BatchSource } from "../../data/batch.js";
import type { Runtime } from "../../runtime/session.js";
import { TrainingPhases } from "../phases.js";
import { type StepRule, takeStep } from "../session.js";
import type { StateValues } from "../state.js";
import { shareRecipe } from "./outer-step.js";

export interface SharePlace {
  /** Completed steps of the run before the round. */
  readonly step: number;
  readonly localSteps: number;
  /** Number of the first of its `localSteps` batches, from 0. */
  readonly firstBatch: number;
}

/** Means over the steps of a share. */
export interface ShareFigures {
  readonly loss: number;
  readonly gradNorm: number;
  readonly terms: Readonly<Record<string, number>>;
}

export interface ShareOptions extends StepRule, SharePlace {
  readonly runtime: Runtime;
  readonly batches: BatchSource;
  /** State in the layout of `shareLayout`. The share takes ownership of the arrays. */
  readonly state: StateValues;
  readonly signal?: AbortSignal;
  /** Called after each step. */
  onStep?(done: number): void;
}

/** Takes the steps. Throws `numeric` for a loss that is not finite, `cancelled` after the signal. */
export async function trainShare(options: ShareOptions): Promise<ShareFigures & { readonly state: StateValues }> {
  const { runtime, objective, batches, localSteps, firstBatch, signal, onStep } = options;
  const recipe = shareRecipe(options.recipe);
  await using training = await TrainingPhases.open(runtime, objective, recipe, options.state, options.step + 1);
  const sums: Record<string, number> = {};
  for (let k = 0; k < localSteps; k++) {
    throwIfCancelled(signal);
    const number = firstBatch + k;
    const batch = await batches.batch(number);
    const place = { step: options.step + k + 1, batch, number, imagesSeen: 0 }; // the number is for averages only
    const { loss, gradNorm, terms } = await takeStep(training, { ...options, recipe }, place);
    for (const [name, value] of Object.entries({ ...terms, loss, gradNorm })) sums[name] = (sums[name] ?? 0) + value;
    onStep?.(k + 1);
  }
  const { loss, gradNorm, ...terms } = Object.fromEntries(
    Object.entries(sums).map(([name, sum]) => [name, sum / localSteps]),
  );
  return { loss: loss!, gradNorm: gradNorm!, terms, state: training.state };
}
