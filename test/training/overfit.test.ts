/**
 * @file A model that cannot learn one pair by heart cannot learn: both formulations on one real crop, from loss to
 * restored pixels.
 */
import { expect, test } from "vitest";
import { readRgb } from "../../platform/node/photos/image-file.js";
import { createRuntime } from "../../platform/node/threads/runtime.js";
import { Rng } from "../../src/base/random.js";
import type { PairBatch } from "../../src/data/batch.js";
import { cropRaster } from "../../src/images/crop.js";
import type { Planes } from "../../src/images/image.js";
import { planesFromRaster } from "../../src/images/pixels.js";
import { type ModelConfig, modelConfigSchema } from "../../src/restoration/model-config.js";
import { createRestorer } from "../../src/restoration/restorer.js";
import { createObjective, type ObjectiveConfig, objectiveSchema } from "../../src/training/objectives/catalog.js";
import { initialState, type Recipe } from "../../src/training/state.js";
import { compileStep, TrainingStep } from "../../src/training/step.js";
import { trainedModel, weightsFromState } from "../../src/training/trained-model.js";

const SIDE = 32;
const folder = "../shared/data/gopro/validation/GOPR0374_11_00";
const rect = { left: 600, top: 300, width: SIDE, height: SIDE };
const crop = async (kind: string): Promise<Planes> =>
  planesFromRaster(cropRaster(await readRgb(`${folder}/${kind}/000614.png`), rect));
const [y, x0] = await Promise.all([crop("blur_gamma"), crop("sharp")]);

const repeated = (values: Float32Array, count: number) =>
  Float32Array.from({ length: count * values.length }, (_, i) => values[i % values.length]!);
const psnr = (a: Float32Array, b: Float32Array) =>
  -10 * Math.log10(a.reduce((sum, value, i) => sum + ((value - b[i]!) / 2) ** 2, 0) / a.length);

async function learn(
  model: ModelConfig,
  objectiveConfig: ObjectiveConfig,
  batchSize: number,
  steps: number,
  peak: number,
) {
  const recipe: Recipe = {
    optimiser: { kind: "adam", beta1: 0.9, beta2: 0.99, eps: 1e-8, weightDecay: 0 },
    maxGradNorm: 1,
    ema: null,
  };
  const objective = createObjective(model, objectiveConfig, {}, { batchSize, patchPx: SIDE });
  const rng = Rng.fromSeed(4);
  const runtime = createRuntime();
  await using training = await TrainingStep.open(
    runtime,
    objective,
    compileStep(objective, recipe),
    initialState(objective, recipe, rng),
  );
  const batch: PairBatch = {
    y: repeated(y.data, batchSize),
    x0: repeated(x0.data, batchSize),
    size: batchSize,
    patchPx: SIDE,
  };
  for (let step = 1; step <= steps; step++) {
    const learningRate = peak * Math.min(1, step / 20) * (1.02 - step / steps);
    await training.run(await objective.feeds(batch, rng.fork(step)), { step, learningRate });
  }
  return createRestorer(
    trainedModel("overfitted", model, objectiveConfig, weightsFromState(training.state), {}),
    runtime,
  );
}

const network = { architecture: "residual-unet", inChannels: 3, widths: [24, 48], blocks: [1, 1], middleBlocks: 1 };

test("a predictor learns one pair: 8 dB nearer than the photo", async () => {
  const model = modelConfigSchema.parse({ predictor: { network: { ...network, addInput: true } } });
  const restorer = await learn(model, objectiveSchema.parse({ kind: "predictor" }), 1, 300, 2e-3);
  const { restored } = await restorer.restore(y);
  expect(psnr(restored.data, x0.data) - psnr(y.data, x0.data)).toBeGreaterThan(8);
  await restorer.release();
}, 240_000);

test("a diffusion learns one pair: whatever the noise it starts from, it ends at the sharp crop", async () => {
  const model = modelConfigSchema.parse({
    diffusion: {
      network: { ...network, inChannels: 6, levelChannels: 32, addInput: true },
      prediction: "x0",
      schedule: { kind: "cosine", T: 200 },
    },
    sampling: { sampler: { kind: "ddim" }, spacing: { kind: "trailing" }, steps: 10 },
  });
  const objective = objectiveSchema.parse({
    kind: "diffusion",
    loss: "l2",
    levels: { kind: "log-snr", lowest: -8, highest: 6 },
  });
  const restorer = await learn(model, objective, 4, 300, 3e-3);
  const gains = [];
  for (const seed of [1, 2])
    gains.push(psnr((await restorer.restore(y, { seed })).restored.data, x0.data) - psnr(y.data, x0.data));
  expect(Math.min(...gains)).toBeGreaterThan(3);
  await restorer.release();
}, 240_000);
