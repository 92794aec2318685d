/**
 * @file A bridge, from its loss to restored pixels: trained on synthetic pairs, then walked from photos it has not
 * seen.
 */
import { expect, test } from "vitest";
import { createRuntime } from "../../platform/node/threads/runtime.js";
import { Rng } from "../../src/base/random.js";
import type { PairBatch } from "../../src/data/batch.js";
import { modelConfigSchema } from "../../src/restoration/model-config.js";
import { createRestorer } from "../../src/restoration/restorer.js";
import { createObjective, objectiveSchema } from "../../src/training/objectives/catalog.js";
import { initialState, type Recipe } from "../../src/training/state.js";
import { compileStep, TrainingStep } from "../../src/training/step.js";
import { trainedModel, weightsFromState } from "../../src/training/trained-model.js";
import { wavePair } from "./wave-pairs.js";

const SIDE = 16;
const SIZE = 4;
const STEPS = 200;
const SCALE = 0.3;
const model = modelConfigSchema.parse({
  diffusion: {
    network: {
      ...{ architecture: "residual-unet", inChannels: 6, widths: [16, 24], blocks: [1, 1], middleBlocks: 1 },
      ...{ levelChannels: 16, addInput: false },
    },
    ...{ prediction: "x0", schedule: { kind: "bridge", T: 100, betaMax: 6 }, scale: SCALE, ofPhoto: true },
  },
  sampling: { sampler: { kind: "ancestral" }, spacing: { kind: "trailing" }, start: "zero", steps: 5 },
});
const objectiveConfig = objectiveSchema.parse({ kind: "diffusion", loss: "l2", levels: { kind: "index" } });
const recipe: Recipe = {
  optimiser: { kind: "adam", beta1: 0.9, beta2: 0.99, eps: 1e-8, weightDecay: 0 },
  ...{ maxGradNorm: 1, ema: null },
};

const pairs = (first: number): PairBatch => {
  const all = Array.from({ length: SIZE }, (_, i) => wavePair(first + i, [SIDE, SIDE]));
  const joined = (part: "blurry" | "sharp") => Float32Array.from(all.flatMap((pair) => [...pair[part].data]));
  return { y: joined("blurry"), x0: joined("sharp"), size: SIZE, patchPx: SIDE };
};
const psnr = (a: Float32Array, b: Float32Array) =>
  -10 * Math.log10(a.reduce((sum, value, i) => sum + ((value - b[i]!) / 2) ** 2, 0) / a.length);

test("it learns to sharpen; its noise is the seed's, and without noise there is one way", async () => {
  const objective = createObjective(model, objectiveConfig, {}, { batchSize: SIZE, patchPx: SIDE });
  const rng = Rng.fromSeed(6);
  const runtime = createRuntime({ threads: 1 });
  await using training = await TrainingStep.open(
    runtime,
    objective,
    compileStep(objective, recipe),
    initialState(objective, recipe, rng),
  );
  for (let step = 1; step <= STEPS; step++) {
    const learningRate = 3e-3 * Math.min(1, step / 20) * (1.02 - step / STEPS);
    await training.run(await objective.feeds(pairs(100 + SIZE * step), rng.fork(step)), { step, learningRate });
  }
  const restorer = createRestorer(
    trainedModel("bridge", model, objectiveConfig, weightsFromState(training.state), {}),
    runtime,
  );
  const { blurry, sharp } = wavePair(1, [SIDE, SIDE]);
  const restore = async (seed: number, realism: number) =>
    (await restorer.restore(blurry, { seed, realism })).restored.data;
  const gain = (restored: Float32Array) => psnr(restored, sharp.data) - psnr(blurry.data, sharp.data);
  const [one, other] = [await restore(1, 1), await restore(2, 1)];
  const [straight, again] = [await restore(1, 0), await restore(2, 0)];
  expect(Math.min(...[one, other, straight].map(gain))).toBeGreaterThan(10);
  expect(one).not.toEqual(other);
  expect(straight).toEqual(again);
  await restorer.release();
}, 120_000);
