/**
 * @file Computes on the device given as argument, in a process of its own, and prints every result as JSON: a training
 * step (gradients, clipping, AdamW, averaged weights) and forward passes of two networks. Inputs and weights depend on
 * the seed alone.
 */
import { createRuntime, type Device } from "../platform/node/threads/runtime.js";
import { Rng } from "../src/base/random.js";
import { compile } from "../src/graph/compile.js";
import { input } from "../src/graph/tensor.js";
import { createNetwork, type NetworkConfig } from "../src/networks/catalog.js";
import { bindWeights } from "../src/nn/parameters.js";
import { floatResult, floats } from "../src/runtime/session.js";
import { emaSchema } from "../src/training/ema.js";
import { optimiserSchema } from "../src/training/optimisers.js";
import { initialState, type Recipe } from "../src/training/state.js";
import { compileStep, TrainingStep } from "../src/training/step.js";
import { tinyBatches, tinyObjective } from "./training/tiny-objective.js";

const runtime = createRuntime({ device: process.argv[2] as Device, threads: 1 });
const rng = Rng.fromSeed(5);
const results: Record<string, number[]> = {};

async function network(name: string, config: NetworkConfig): Promise<void> {
  const made = createNetwork(config);
  // Not the initial weights: those have zeros at the ends of blocks, which would hide what is inside.
  const weights = new Map(
    made.parameters.map(({ label, size, shape }) => {
      const fanIn = Math.max(1, size / (shape[0] ?? 1));
      return [
        label,
        rng
          .fork(name, label)
          .normals(size)
          .map((value) => value / Math.sqrt(fanIn)),
      ];
    }),
  );
  const shape = [1, made.inChannels, 32, 32];
  const [image, level] = [input("image", shape), input("level", [1, 1])];
  const result = made.forward({ image, level }).at(-1)!;
  await using session = await runtime.open(
    compile({ inputs: [image, level], outputs: { result }, weights: bindWeights(made.parameters, weights) }),
  );
  const picture = rng
    .fork(name, "image")
    .uniforms(image.size)
    .map((u) => 2 * u - 1);
  const values = await session.run({ image: floats(picture, shape), level: floats(Float32Array.of(0.7), [1, 1]) });
  results[name] = [...floatResult(values, "result")];
}

async function trainingStep(): Promise<void> {
  const objective = tinyObjective(2, 16, 8);
  const recipe: Recipe = {
    optimiser: optimiserSchema.parse({ kind: "adamw", weightDecay: 0.01 }),
    maxGradNorm: 0.1, // less than the gradients have, so that clipping is part of it
    ema: emaSchema.parse({ halfLifeImages: 100 }),
  };
  const state = initialState(objective, recipe, rng.fork("initial weights"));
  await using batches = tinyBatches(2, 16);
  await using step = await TrainingStep.open(runtime, objective, compileStep(objective, recipe), state);
  for (let i = 1; i <= 2; i++) {
    const feeds = await objective.feeds(await batches.batch(i), rng.fork("noise", i));
    const { loss, gradNorm } = await step.run(feeds, { step: i, learningRate: 1e-3, emaWeight: 0.1 });
    results[`step ${i}: loss and gradient norm`] = [loss, gradNorm];
  }
  for (const [name, values] of step.state) results[`state: ${name}`] = [...values];
}

await trainingStep();
await network("the restorer's network", {
  architecture: "residual-unet",
  inChannels: 6,
  outChannels: 3,
  unshuffle: 2,
  widths: [16, 24],
  blocks: [1, 1],
  middleBlocks: 1,
  levelChannels: 16,
  normalise: false,
  addInput: true,
  blend: false,
});
await network("the paper's network", {
  architecture: "conditional-unet",
  inChannels: 6,
  outChannels: 3,
  width: 16,
  multipliers: [1, 2],
  blocksPerLevel: 1,
  groups: 8,
  dropout: 0,
  attention: "linear",
  attentionLevels: null,
  attentionResidual: false,
});
console.log(JSON.stringify(results));
