/** @file The paper's network at work: its training step and its sampling step on our engine, ready to be timed. */
import { createRuntime } from "../platform/node/threads/runtime.js";
import { Rng } from "../src/base/random.js";
import type { PairBatch } from "../src/data/batch.js";
import { compile } from "../src/graph/compile.js";
import { input, type Shape, sizeOf } from "../src/graph/tensor.js";
import { conditionalUnet, conditionalUnetSchema } from "../src/networks/conditional-unet.js";
import { bindWeights, countParameters } from "../src/nn/parameters.js";
import { diffusionConfigSchema } from "../src/restoration/model-config.js";
import { floats } from "../src/runtime/session.js";
import { diffusionObjective, diffusionTrainingSchema } from "../src/training/objectives/diffusion.js";
import { type Recipe, stateLayout } from "../src/training/state.js";
import { compileStep, TrainingStep } from "../src/training/step.js";

/** Something whose repetitions are timed. Owns native memory. */
export interface Timed extends AsyncDisposable {
  run(): Promise<void>;
}

export interface Setting {
  readonly threads: number;
  readonly batch: number;
  readonly size: number;
  readonly profilePrefix?: string;
}

const rng = Rng.fromSeed(0);
const config = conditionalUnetSchema.parse({ architecture: "conditional-unet" });
const network = conditionalUnet(config);

export const parameters = countParameters(network.parameters);

/**
 * Weights of ordinary size, for speed does not depend on them: orthogonal ones take half a minute to make. Moments are
 * 0.
 */
function quickWeights(name: string, shape: Shape): Float32Array {
  const fanIn = sizeOf(shape.slice(1));
  const scale = name.startsWith("m/") || name.startsWith("v/") ? 0 : 1 / Math.sqrt(fanIn);
  return rng
    .fork(name)
    .normals(sizeOf(shape))
    .map((value) => value * scale);
}

const runtimeOf = ({ threads, profilePrefix }: Setting) =>
  createRuntime({ threads, ...(profilePrefix ? { profilePrefix } : {}) });

export interface TimedTraining extends Timed {
  /** A step on this batch, or on one that is kept in memory. */
  run(pairs?: PairBatch): Promise<void>;
}

/**
 * Forward, L1 loss, gradients, Adam: a `TrainingStep` with its random draws (noise, levels, dropout masks), as `unblur
 * train` runs it.
 */
export async function openTraining(setting: Setting): Promise<TimedTraining> {
  const { batch, size } = setting;
  const diffusion = diffusionConfigSchema.parse({
    network: config,
    prediction: "eps",
    schedule: { kind: "linear", T: 2000, start: 1e-4, end: 0.05 },
  });
  const training = diffusionTrainingSchema.parse({ kind: "diffusion", levels: { kind: "between-neighbours" } });
  const objective = diffusionObjective(network, diffusion, training, {}, { batchSize: batch, patchPx: size });
  const recipe: Recipe = {
    optimiser: { kind: "adam", beta1: 0.9, beta2: 0.999, eps: 1e-8, weightDecay: 0 },
    maxGradNorm: null,
    ema: null,
  };
  const state = new Map(stateLayout(network, recipe).map(({ name, shape }) => [name, quickWeights(name, shape)]));
  const step = await TrainingStep.open(runtimeOf(setting), objective, compileStep(objective, recipe), state);
  const count = batch * 3 * size * size;
  const inMemory: PairBatch = {
    y: rng.fork("y").normals(count),
    x0: rng.fork("x0").normals(count),
    size: batch,
    patchPx: size,
  };
  let done = 0;
  return {
    async run(pairs = inMemory) {
      done++;
      const feeds = await objective.feeds(pairs, rng.fork("step", done));
      await step.run(feeds, { step: done, learningRate: 1e-5 });
    },
    [Symbol.asyncDispose]: () => step[Symbol.asyncDispose](),
  };
}

/** One evaluation of the network with its weights bound, as in every step of a sampler. */
export async function openSampling(setting: Setting): Promise<Timed> {
  const { batch, size } = setting;
  const image = input("image", [batch, 6, size, size]);
  const level = input("level", [batch, 1]);
  const session = await runtimeOf(setting).open(
    compile({
      inputs: [image, level],
      outputs: { result: network.forward({ image, level }).at(-1)! },
      weights: bindWeights(
        network.parameters,
        new Map(network.parameters.map(({ label, shape }) => [label, quickWeights(label, shape)])),
      ),
    }),
  );
  const feeds = {
    image: floats(rng.fork("image").normals(image.size), image.shape),
    level: floats(rng.fork("level").uniforms(batch), level.shape),
  };
  return {
    async run() {
      await session.run(feeds);
    },
    [Symbol.asyncDispose]: () => session.release(),
  };
}
