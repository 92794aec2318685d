/** @file Uncertainty by likelihood: the loss in closed form, its gradient in float64, and deviations that are known. */
import { expect, test } from "vitest";
import { createRuntime } from "../../../platform/node/threads/runtime.js";
import { aliveWeights } from "../../../test/oracle/alive-weights.js";
import { expectClose } from "../../../test/oracle/close.js";
import { interpret } from "../../../test/oracle/onnx-interpreter.js";
import { Rng } from "../../base/random.js";
import { keepFineDetail } from "../../diffusion/fine-detail.js";
import { compile, lower } from "../../graph/compile.js";
import { gradients } from "../../graph/gradients.js";
import { input } from "../../graph/tensor.js";
import { createNetwork, networkConfigSchema } from "../../networks/catalog.js";
import { deviationNetwork, LOG_DEVIATION } from "../../networks/deviation-network.js";
import type { Network } from "../../networks/network.js";
import { bindWeights, initialWeights } from "../../nn/parameters.js";
import { floatResult, floats } from "../../runtime/session.js";
import { initialState, type Recipe } from "../state.js";
import { compileStep, TrainingStep } from "../step.js";
import { weightsFromState } from "../trained-model.js";
import { uncertaintyObjective } from "./uncertainty.js";

const rng = Rng.fromSeed(41);
const runtime = createRuntime({ threads: 1 });
const networkOf = (outChannels: number, widths: readonly number[]) =>
  createNetwork(
    networkConfigSchema.parse({
      ...{ architecture: "residual-unet", inChannels: 6, outChannels, unshuffle: 1, widths },
      ...{ blocks: widths.map(() => 1), middleBlocks: 0 },
    }),
  );
/** Predicts the photo: what is wrong with the photo is what the uncertainty is about. */
const unchanged: Network = {
  ...{ parameters: [], inChannels: 3, outChannels: 3, multiple: 1, reachPx: 0 },
  forward: ({ image }) => [image],
};
const held = { network: unchanged, weights: new Map() };

test.each([
  [1, null],
  [3, 1.5],
] as const)(
  "%i channels, finePx %s: loss in closed form, gradient against central differences",
  async (outChannels, finePx) => {
    const [batchSize, patchPx] = [2, 6];
    const network = networkOf(outChannels, [3]);
    const objective = uncertaintyObjective(network, { finePx }, held, { batchSize, patchPx });
    const length = batchSize * 3 * patchPx ** 2;
    const y = rng.fork("y").uniforms(length);
    const x0 = y.map((value, i) => value + 0.05 * rng.fork("error").normals(length)[i]!);
    const feeds = await objective.feeds({ y, x0, size: batchSize, patchPx }, rng);
    const weights = aliveWeights(network.parameters, { initial: rng, instead: rng.fork("alive"), scale: 0.3 });
    const named = {
      ...Object.fromEntries(network.parameters.map(({ label }) => [label, Float64Array.from(weights.get(label)!)])),
      ...Object.fromEntries(Object.keys(feeds).map((name) => [name, Float64Array.from(floatResult(feeds, name))])),
    };
    const image = input("image", [batchSize, 6, patchPx, patchPx]);
    const size = patchPx ** 2;
    const shown = Float64Array.from({ length: 2 * length }, (_, i) => {
      const [n, within] = [Math.floor(i / (6 * size)), i % (6 * size)];
      return y[n * 3 * size + (within % (3 * size))]!;
    });
    const sigma = interpret(
      lower({
        inputs: [...network.parameters, image],
        outputs: { sigma: deviationNetwork(network).forward({ image })[0]! },
      }),
      { ...named, image: shown },
    ).sigma!;
    const error = x0.map((value, i) => value - y[i]!);
    if (finePx !== null)
      keepFineDetail({ width: patchPx, height: patchPx, channels: 3 * batchSize, data: error }, finePx);
    let expected = 0;
    for (const [i, value] of error.entries()) {
      const [n, within] = [Math.floor(i / (3 * size)), i % (3 * size)];
      const s = sigma[outChannels === 3 ? i : n * size + (within % size)]!;
      expected += (Math.log(s) + value ** 2 / (2 * s ** 2)) / error.length;
    }

    const grads = gradients(objective.loss, network.parameters);
    const outputs = { loss: objective.loss, ...Object.fromEntries(grads.map((grad, i) => [`${i}`, grad])) };
    const inputs = [...network.parameters, ...objective.inputs];
    const exact = interpret(lower({ inputs, outputs }), named);
    expectClose(exact.loss!, [expected], { rtol: 1e-5, atol: 1e-6 });
    const lossAt = (by: number, direction: ReadonlyMap<string, Float32Array>) =>
      interpret(lower({ inputs, outputs: { loss: objective.loss } }), {
        ...named,
        ...Object.fromEntries(
          [...direction].map(([label, values]) => [
            label,
            Float64Array.from(weights.get(label)!, (value, i) => value + by * values[i]!),
          ]),
        ),
      }).loss![0]!;
    network.parameters.forEach(({ label, size: count }, i) => {
      const direction = rng.fork("direction", label).normals(count);
      const moved = new Map([[label, direction]]);
      const difference = (lossAt(1e-5, moved) - lossAt(-1e-5, moved)) / 2e-5;
      const slope = exact[`${i}`]!.reduce((sum, value, k) => sum + value * direction[k]!, 0);
      expectClose([slope], [difference], { rtol: 1e-5, atol: 1e-7 }, label);
    });
  },
);

test("a deviation stays within its bounds, whatever the network says", async () => {
  const network = networkOf(1, [3]);
  const weights = initialWeights(network.parameters, rng);
  const image = input("image", [1, 6, 4, 4]);
  for (const [bias, log] of [
    [-1e6, LOG_DEVIATION.lowest],
    [0, -3.5],
    [1e6, LOG_DEVIATION.highest],
  ] as const) {
    weights.get("tail.bias")!.fill(bias);
    await using session = await runtime.open(
      compile({
        inputs: [image],
        outputs: { sigma: deviationNetwork(network).forward({ image })[0]! },
        weights: bindWeights(network.parameters, weights),
      }),
    );
    const sigma = floatResult(await session.run({ image: floats(new Float32Array(96), image.shape) }), "sigma");
    expectClose(sigma, new Float32Array(16).fill(Math.exp(log)), { rtol: 1e-4, atol: 0 });
  }
});

test("of photos whose error is known at each brightness, the trained network says it", async () => {
  const [batchSize, patchPx] = [4, 16];
  const network = networkOf(1, [12]);
  const objective = uncertaintyObjective(network, { finePx: null }, held, { batchSize, patchPx });
  const recipe: Recipe = {
    optimiser: { kind: "adam", beta1: 0.9, beta2: 0.99, eps: 1e-8, weightDecay: 0 },
    ...{ maxGradNorm: 1, ema: null },
  };
  await using training = await TrainingStep.open(
    runtime,
    objective,
    compileStep(objective, recipe),
    initialState(objective, recipe, rng.fork("initial")),
  );
  /** Halves of a patch are dark or bright; the truth is off by 0.01 where it is dark, and by 0.2 where it is bright. */
  const deviationAt = (y: number) => (y < 0 ? 0.01 : 0.2);
  const length = batchSize * 3 * patchPx ** 2;
  const STEPS = 300;
  for (let step = 1; step <= STEPS; step++) {
    const drawn = rng.fork("batch", step);
    const brightness = drawn.fork("y").uniforms(2 * batchSize);
    const noise = drawn.fork("noise").normals(length);
    const y = Float32Array.from({ length }, (_, i) => {
      const n = Math.floor(i / (3 * patchPx ** 2));
      return brightness[2 * n + (i % patchPx < patchPx / 2 ? 0 : 1)]! < 0.5 ? -0.5 : 0.5;
    });
    const x0 = y.map((value, i) => value + deviationAt(value) * noise[i]!);
    const learningRate = 5e-3 * Math.min(1, step / 20) * (1.02 - step / STEPS);
    await training.run(await objective.feeds({ y, x0, size: batchSize, patchPx }, drawn), { step, learningRate });
  }
  const image = input("image", [1, 6, patchPx, patchPx]);
  await using session = await runtime.open(
    compile({
      inputs: [image],
      outputs: { sigma: deviationNetwork(network).forward({ image })[0]! },
      weights: bindWeights(network.parameters, weightsFromState(training.state)),
    }),
  );
  const shown = Float32Array.from({ length: image.size }, (_, i) => (i % patchPx < patchPx / 2 ? -0.5 : 0.5));
  const sigma = floatResult(await session.run({ image: floats(shown, image.shape) }), "sigma");
  let checked = 0;
  sigma.forEach((value, i) => {
    const [x, row] = [i % patchPx, Math.floor(i / patchPx)];
    // Near an edge or a border, beyond which it sees zeros, a network of three layers mixes both.
    if (x % (patchPx / 2) < 3 || x % (patchPx / 2) > 4 || row < 3 || row > patchPx - 4) return;
    checked++;
    expect(Math.abs(Math.log(value / deviationAt(x < patchPx / 2 ? -1 : 1))), `x ${x}`).toBeLessThan(0.1);
  });
  expect(checked).toBe(4 * 10);
}, 120_000);
