/** @file Cost of a run from the graph of its step, without running it: multiply-adds and memory. */
import { multiplyAdds } from "../graph/multiply-adds.js";
import { peakBytes } from "../graph/peak-memory.js";
import { backbone } from "../nn/backbones/torchvision.js";
import type { Parameter, Weights } from "../nn/parameters.js";
import { contentFeatures, FEATURE_LOSSES } from "./objectives/adversarial.js";
import { batchShape, comparesFeatures, createObjective, heldParts, trainedNetwork } from "./objectives/catalog.js";
import type { RunConfig } from "./run-config.js";
import { stateLayout } from "./state.js";
import { stepTensors } from "./step.js";

export interface TrainingCost {
  readonly multiplyAddsPerStep: number;
  /** Multiply-adds of the whole run. */
  readonly multiplyAdds: number;
  /** Peak memory of a step: the values of its graph and twice the state. Program and decoding are not included. */
  readonly memoryBytes: number;
}

/** Weights of the right sizes, for graphs that are not run. */
const anyWeights = (parameters: readonly Parameter[]): Weights =>
  new Map(parameters.map(({ label, size }) => [label, new Float32Array(size)]));

const FLOAT_BYTES = 4;

/** Cost of a step after the first ones, in which the weights of a backbone may be frozen. */
export function trainingCost({
  model,
  objective: config,
  data,
  batchSize,
  optimiser,
  maxGradNorm,
  ema,
  steps,
}: Pick<
  RunConfig,
  "model" | "objective" | "data" | "batchSize" | "optimiser" | "maxGradNorm" | "ema" | "steps"
>): TrainingCost {
  const held = heldParts(model, config).map((part) => [part, anyWeights(trainedNetwork(model, part).parameters)]);
  const loss = comparesFeatures(config);
  const content = loss && contentFeatures(loss, anyWeights(backbone(FEATURE_LOSSES[loss].network).parameters));
  const shape = batchShape({ batchSize, data });
  const objective = createObjective(model, config, Object.fromEntries(held), shape, content);
  const recipe = { optimiser, maxGradNorm, ema };
  const outputs = Object.values(stepTensors(objective, recipe).outputs);
  const state = stateLayout(objective, recipe).reduce((sum, { shape: of }) => sum + of.reduce((a, b) => a * b, 1), 0);
  const fixed = [...(objective.frozen ?? new Map())].reduce((sum, [{ size }]) => sum + size, 0);
  const multiplyAddsPerStep = multiplyAdds(outputs);
  return {
    multiplyAddsPerStep,
    multiplyAdds: multiplyAddsPerStep * steps,
    memoryBytes: peakBytes(outputs) + FLOAT_BYTES * (2 * state + fixed),
  };
}
