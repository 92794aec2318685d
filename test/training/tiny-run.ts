/** @file A run of the small network, with everything that matters switched on: average, clipping, decay, schedule. */
import { createRuntime } from "../../platform/node/threads/runtime.js";
import { type TrainEvent, type TrainOptions, train } from "../../src/training/loop.js";
import type { RunStore } from "../../src/training/run-store.js";
import { tinyBatches, tinyObjective } from "./tiny-objective.js";

export const tinyRun = (store: RunStore, changes: Partial<TrainOptions> = {}): TrainOptions => ({
  runtime: createRuntime({ threads: 2 }),
  objective: tinyObjective(2, 16),
  recipe: {
    optimiser: { kind: "adamw", beta1: 0.9, beta2: 0.99, eps: 1e-8, weightDecay: 0.01 },
    maxGradNorm: 1,
    ema: { halfLifeImages: 40, rampUp: 0.5 },
  },
  learningRate: { kind: "cosine", peak: 1e-2, warmUpSteps: 3, finalFraction: 0.1 },
  batches: tinyBatches(2, 16),
  store,
  seed: 11,
  steps: 20,
  checkpointEvery: { steps: 1000, minutes: 1000 },
  keep: 3,
  resume: false,
  ...changes,
});

export async function eventsOf(options: TrainOptions): Promise<TrainEvent[]> {
  const events: TrainEvent[] = [];
  for await (const event of train(options)) events.push(event);
  return events;
}
