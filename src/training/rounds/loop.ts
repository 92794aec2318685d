/**
 * @file Training in rounds: shares out, their mean in. Where shares are computed, and how they come and go, is the
 * runner's; a round goes on with the shares that came. With the same number of shares in each round the result is the
 * same, whoever computes them, and a run that was stopped and resumed equals an uninterrupted one.
 */
import { UnblurError } from "../../base/errors.js";
import { Rng } from "../../base/random.js";
import { encodeState, type Progress, parseCheckpoint } from "../checkpoint.js";
import { emaWeight } from "../ema.js";
import { learningRateAt } from "../learning-rate.js";
import type { TrainEvent, TrainOptions } from "../loop.js";
import { Pace } from "../pace.js";
import { stepInPhase } from "../phases.js";
import { Saving, startingState, stopReason, storeSamples, timeLeftMs } from "../session.js";
import { initialState, notFinite, type StateEntry, type StateValues } from "../state.js";
import { validationMetrics } from "../validation.js";
import { MeanState, outerStep, type RoundsConfig, roundsLayout, shareLayout, withMomentum } from "./outer-step.js";
import type { ShareFigures } from "./share.js";

/** A round to compute. Share k of K takes the `localSteps` batches from firstBatch + k localSteps on. */
export interface Round {
  /** Completed steps of the run. */
  readonly step: number;
  readonly localSteps: number;
  readonly firstBatch: number;
  /** The state that every share starts from, as a checkpoint's bytes; the same bytes whenever the round is repeated. */
  readonly base: readonly Uint8Array[];
  /** Checksum of the base. */
  readonly id: string;
}

/** A share that came. */
export interface ComputedShare extends ShareFigures {
  /** 0 .. shares - 1. */
  readonly share: number;
  /** Its state, as a checkpoint's bytes. */
  read(): Promise<Uint8Array>;
}

export interface ComputedRound {
  /** Number of shares that were handed out. */
  readonly shares: number;
  readonly came: readonly ComputedShare[];
  /** Shares that did not come, and why. */
  readonly lost: readonly { readonly share: number; readonly reason: string }[];
  /** Bytes that all shares have read and written. */
  readonly bytes: number;
}

export interface RoundRunner {
  /**
   * Hands a round out and waits for its end: all shares have come or are lost, one has come. Rejects with `cancelled`.
   */
  run(round: Round, signal: AbortSignal | undefined): Promise<ComputedRound>;
  /** The round is part of the state; its files are no longer needed. */
  done(round: Round): Promise<void>;
}

export interface RoundsOptions extends Omit<TrainOptions, "runtime" | "batches"> {
  readonly rounds: RoundsConfig;
  /** Images in a batch. */
  readonly batchSize: number;
  readonly runner: RoundRunner;
}

export type RoundsEvent =
  | TrainEvent
  | { readonly type: "lost"; readonly step: number; readonly share: number; readonly reason: string };

function roundFrom(
  { seed, rounds, steps }: RoundsOptions,
  layout: readonly StateEntry[],
  state: StateValues,
  { step, imagesSeen, nextBatch = 0 }: Progress,
): Round {
  const { parts, id } = encodeState(layout, { progress: { step, imagesSeen, elapsedMs: 0 }, seed, state });
  return { step, localSteps: Math.min(rounds.localSteps, steps - step), firstBatch: nextBatch, base: parts, id };
}

/**
 * Trains until the run's last step, the signal, or the end of the round in which a limit is reached, and saves. Events
 * are those of `train`, with one step event for each round. Throws the error that made all shares of a round fail.
 */
export async function* trainInRounds(options: RoundsOptions): AsyncGenerator<RoundsEvent, void, undefined> {
  const { objective, recipe, runner, store, seed, checkpointEvery, samples, validation, batchSize, signal } = options;
  const layout = roundsLayout(objective, recipe);
  const ofShares = shareLayout(objective, recipe);
  const fresh = () => {
    const rng = Rng.fromSeed(seed).fork("initial weights");
    return withMomentum(objective, initialState(objective, recipe, rng, options.startWeights));
  };
  const start = await startingState(options, layout, fresh);
  const { state: firstState, progress: first, name: from, refused } = start;
  for (const one of refused) yield { type: "refused", ...one };
  await store.truncateMetrics(first.step);
  yield { type: "started", progress: first, from };

  const startedAt = performance.now();
  const pace = new Pace(startedAt);
  let [state, progress] = [firstState, first];
  const saving = new Saving(options, layout, start, startedAt);

  for (;;) {
    const reason = stopReason(options, progress.step, first.step, performance.now() - startedAt);
    if (reason) {
      if (!saving.has(progress.step)) yield await saving.save(progress, state);
      yield { type: "stopped", reason, progress };
      return;
    }
    const round = roundFrom(options, ofShares, state, progress);
    let computed: ComputedRound;
    try {
      computed = await runner.run(round, signal);
    } catch (error) {
      if (signal?.aborted) continue; // saved and told above
      throw error;
    }
    const step = round.step + round.localSteps;
    const mean = new MeanState(ofShares);
    for (const share of computed.came) {
      const where = `share ${share.share + 1} of the round after step ${round.step}`;
      const { state: values } = parseCheckpoint(await share.read(), where);
      const bad = notFinite(values);
      if (bad)
        throw new UnblurError("numeric", `${where}: "${bad}" is not finite; lower the learning rate or clip gradients`);
      mean.add(values);
    }
    const images = computed.came.length * round.localSteps * batchSize;
    const imagesSeen = progress.imagesSeen + images;
    const weight = recipe.ema ? emaWeight(recipe.ema, images, imagesSeen) : 1;
    state = outerStep(objective, recipe, state, mean, { ...options.rounds, emaWeight: weight });
    const now = performance.now();
    pace.add(now, images);
    const elapsedMs = first.elapsedMs + now - startedAt;
    progress = { step, imagesSeen, elapsedMs, nextBatch: round.firstBatch + computed.shares * round.localSteps };
    const { loss, gradNorm, ...terms } = meanFigures(computed.came);
    const learningRate = learningRateAt(options.learningRate, stepInPhase(objective, step), options.steps);
    const passed = (every: number) => Math.floor(step / every) > Math.floor(round.step / every);
    const scores = validation && passed(validation.everySteps) ? await validation.measure(state) : null;
    await store.appendMetrics({
      ...{ step, imagesSeen, loss: loss!, gradNorm: gradNorm!, learningRate },
      ...terms,
      ...(scores ? validationMetrics(scores) : {}),
      ...{ shares: computed.came.length, lostShares: computed.lost.length, bytes: computed.bytes },
      elapsedMs: Math.round(elapsedMs),
    });
    for (const lost of computed.lost) yield { type: "lost", step, ...lost };
    yield {
      type: "step",
      ...{ step, imagesSeen, loss: loss!, gradNorm: gradNorm!, learningRate, elapsedMs },
      imagesPerSecond: pace.imagesPerSecond,
      timeLeftMs: timeLeftMs(options, step, first.step, now - startedAt, pace.msPerStep / options.rounds.localSteps),
    };
    if (scores) yield { type: "validation", step, scores };
    if (passed(checkpointEvery.steps) || saving.isDue(now, checkpointEvery.minutes))
      yield await saving.save(progress, state);
    await runner.done(round);
    if (samples && passed(samples.everySteps)) yield await storeSamples(samples, store, state, step);
  }
}

/** Means over the shares, which all have taken the same number of steps. */
function meanFigures(shares: readonly ShareFigures[]): Record<string, number> {
  const all = shares.map(({ loss, gradNorm, terms }): Record<string, number> => ({ ...terms, loss, gradNorm }));
  const meanOf = (name: string) => all.reduce((sum, figures) => sum + figures[name]!, 0) / all.length;
  return Object.fromEntries(Object.keys(all[0]!).map((name) => [name, meanOf(name)]));
}
