/** @file The loss of a network that is still zero: the mean of its weighted targets, which float64 sums by hand. */
import { expect, test } from "vitest";
import { createRuntime } from "../../../platform/node/threads/runtime.js";
import { Rng } from "../../base/random.js";
import { keepFineDetail } from "../../diffusion/fine-detail.js";
import { compile } from "../../graph/compile.js";
import { add, mul } from "../../graph/ops/arithmetic.js";
import { slice } from "../../graph/ops/shape.js";
import { createNetwork, networkConfigSchema } from "../../networks/catalog.js";
import type { Network } from "../../networks/network.js";
import { bindWeights, initialWeights } from "../../nn/parameters.js";
import { diffusionConfigSchema } from "../../restoration/model-config.js";
import { floatResult } from "../../runtime/session.js";
import { diffusionObjective, diffusionTrainingSchema } from "./diffusion.js";

const runtime = createRuntime({ threads: 1 });
const rng = Rng.fromSeed(4);
const [batchSize, patchPx] = [4, 8];
const length = 3 * patchPx * patchPx;
const network = networkConfigSchema.parse({
  architecture: "residual-unet",
  inChannels: 6,
  unshuffle: 1,
  widths: [4],
  blocks: [1],
  middleBlocks: 0,
  levelChannels: 8,
  addInput: false,
});
const batch = {
  y: rng.fork("y").uniforms(batchSize * length),
  x0: rng.fork("x0").normals(batchSize * length),
  size: batchSize,
  patchPx,
};

type DiffusionObjective = ReturnType<typeof diffusionObjective>;
type Feeds = Awaited<ReturnType<DiffusionObjective["feeds"]>>;

/** The loss of a network with its initial weights. */
async function lossOf(objective: DiffusionObjective, net: Network, feeds: Feeds): Promise<number> {
  const graph = compile({
    inputs: objective.inputs,
    outputs: { loss: objective.loss },
    weights: bindWeights(net.parameters, initialWeights(net.parameters, rng)),
  });
  await using session = await runtime.open(graph);
  return floatResult(await session.run(feeds), "loss")[0]!;
}

const CASES = [
  // lambda |s - target|^2 of a zero network, from the target: -eps / noise, noise^2 lambda = weight of eps^2.
  { process: { kind: "ve" }, prediction: "eps", weighting: "variance", weight: () => 1 },
  { process: { kind: "ve" }, prediction: "eps", weighting: "score", weight: (noise: number) => 1 / noise ** 2 },
  { process: { kind: "ve" }, prediction: "eps", weighting: "likelihood", weight: () => 2 * Math.log(5000) },
  { process: { kind: "sub-vp" }, prediction: "score", weighting: "variance", weight: () => 1 },
  { process: { kind: "linear", T: 100 }, prediction: "eps", weighting: "prediction", weight: () => 1 },
] as const;

test.each(CASES)(
  "$process.kind, $prediction, lambda: $weighting",
  async ({ process, prediction, weighting, weight }) => {
    const config = diffusionConfigSchema.parse({ network, prediction, schedule: process });
    const training = diffusionTrainingSchema.parse({
      kind: "diffusion",
      loss: "l2",
      weighting,
      levels: { kind: "time" },
    });
    const net = createNetwork(config.network);
    const objective = diffusionObjective(net, config, training, {}, { batchSize, patchPx });
    const step = rng.fork("step");
    const feeds = await objective.feeds(batch, step);
    const loss = await lossOf(objective, net, feeds);

    const eps = floatResult(feeds, "eps");
    const scaled = { signal: floatResult(feeds, "signal"), noise: floatResult(feeds, "noise") };
    let expected = 0;
    for (let i = 0; i < batchSize; i++) {
      // What the network sees has unit deviation, whatever sigma is.
      expect(Math.hypot(scaled.signal[i]!, scaled.noise[i]!)).toBeCloseTo(1, 5);
      const noise = process.kind === "ve" ? scaled.noise[i]! / scaled.signal[i]! : 1; // sigma; the others' weights do not ask
      for (let k = i * length; k < (i + 1) * length; k++) expected += (weight(noise) * eps[k]! ** 2) / eps.length;
    }
    expect(Math.abs(loss / expected - 1)).toBeLessThan(1e-5);
  },
);

test.each([
  [1, null],
  [3, 1.5],
] as const)(
  "scaled by uncertainty, %i channels: the difference, fine or whole (%s px), over each pixel's deviation",
  async (outChannels, finePx) => {
    const config = diffusionConfigSchema.parse({
      network: { ...network, inChannels: 9 },
      ...{ prediction: "x0", schedule: { kind: "cosine", T: 100 }, scale: "uncertainty", finePx },
    });
    const training = diffusionTrainingSchema.parse({ kind: "diffusion", loss: "l2", levels: { kind: "index" } });
    const predictor: Network = {
      ...{ parameters: [], inChannels: 3, outChannels: 3, multiple: 1, reachPx: 0 },
      forward: ({ image }) => [mul(image, 0.5)],
    };
    // Photo and prediction, added up.
    const uncertainty: Network = {
      ...{ parameters: [], inChannels: 6, outChannels, multiple: 1, reachPx: 0 },
      forward: ({ image }) => [add(slice(image, 1, 0, outChannels), slice(image, 1, 3, 3 + outChannels))],
    };
    const net = createNetwork(config.network);
    const basis = {
      predictor: { network: predictor, weights: new Map() },
      uncertainty: { network: uncertainty, weights: new Map() },
    };
    const objective = diffusionObjective(net, config, training, basis, { batchSize, patchPx });
    const loss = await lossOf(objective, net, await objective.feeds(batch, rng.fork("scaled")));
    const difference = batch.x0.map((value, i) => value - 0.5 * batch.y[i]!);
    const planes = { width: patchPx, height: patchPx, channels: 3 * batchSize, data: difference };
    if (finePx !== null) keepFineDetail(planes, finePx);
    const size = patchPx ** 2;
    const sigmaAt = (i: number) => {
      const of = outChannels === 3 ? i : Math.floor(i / (3 * size)) * 3 * size + (i % size);
      return Math.exp(-3.5 + 3.5 * Math.tanh((1.5 * batch.y[of]!) / 3.5));
    };
    const expected = difference.reduce((sum, value, i) => sum + (value / sigmaAt(i)) ** 2, 0) / difference.length;
    expect(Math.abs(loss / expected - 1)).toBeLessThan(1e-4);
    expect(() =>
      diffusionObjective(net, config, training, { predictor: basis.predictor }, { batchSize, patchPx }),
    ).toThrow(/needs a trained uncertainty network/);
  },
);

test.each([null, 1.5])(
  "a bridge: what is learnt is the difference from the photo, fine or whole (%s px), over its scale",
  async (finePx) => {
    const config = diffusionConfigSchema.parse({
      ...{ network, prediction: "x0", schedule: { kind: "bridge", T: 100 }, scale: 0.5, ofPhoto: true, finePx },
    });
    const training = diffusionTrainingSchema.parse({ kind: "diffusion", loss: "l2", levels: { kind: "index" } });
    const net = createNetwork(config.network);
    const objective = diffusionObjective(net, config, training, {}, { batchSize, patchPx });
    const loss = await lossOf(objective, net, await objective.feeds(batch, rng.fork("bridge")));
    const difference = batch.x0.map((value, i) => value - batch.y[i]!);
    const planes = { width: patchPx, height: patchPx, channels: 3 * batchSize, data: difference };
    if (finePx !== null) keepFineDetail(planes, finePx);
    const expected = difference.reduce((sum, value) => sum + (value / 0.5) ** 2, 0) / difference.length;
    expect(Math.abs(loss / expected - 1)).toBeLessThan(1e-5);
  },
);
