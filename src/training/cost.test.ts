import { expect, test } from "vitest";
import { createNetwork } from "../networks/catalog.js";
import { networkMultiplyAdds } from "../networks/cost.js";
import { countParameters } from "../nn/parameters.js";
import { trainingCost } from "./cost.js";
import { parseRunConfig } from "./run-config.js";

const network = {
  ...({
    architecture: "residual-unet",
    inChannels: 3,
    outChannels: 3,
    unshuffle: 1,
    widths: [8],
    blocks: [1],
  } as const),
  ...{ middleBlocks: 0, levelChannels: 0, normalise: false, addInput: false, blend: false },
};
const [PATCH, BATCH, STEPS] = [32, 4, 10];
const config = (changes: object) =>
  parseRunConfig(
    {
      name: "priced",
      model: { predictor: { network } },
      objective: { kind: "predictor" },
      data: { sources: [{ layout: "pairs", path: "train" }], patchPx: PATCH },
      ...{
        steps: STEPS,
        batchSize: BATCH,
        optimiser: { kind: "adam" },
        learningRate: { kind: "constant", peak: 1e-4 },
      },
      ...changes,
    },
    "test",
  );

test("a step is three forward passes without the first layer's gradient for the photo", () => {
  const { multiplyAddsPerStep, multiplyAdds } = trainingCost(config({}));
  const first = 9 * 3 * 8 * PATCH ** 2;
  expect(multiplyAddsPerStep).toBe(BATCH * (3 * networkMultiplyAdds(network as never, PATCH) - first));
  expect(multiplyAdds).toBe(STEPS * multiplyAddsPerStep);
});

test("memory grows with the batch, beside weights and Adam's two averages, held twice", () => {
  const of = (batchSize: number) => trainingCost(config({ batchSize })).memoryBytes;
  const state = 2 * 3 * 4 * countParameters(createNetwork(network as never).parameters);
  const perPair = of(2) - of(1);
  // Two values of eight channels at the least are read by gradients.
  expect(perPair).toBeGreaterThan(2 * 8 * PATCH ** 2 * 4);
  expect(of(4) - of(2)).toBeCloseTo(2 * perPair, -3);
  expect(of(1) - perPair - state).toBeGreaterThanOrEqual(0);
  expect(of(1) - perPair - state).toBeLessThan(50_000);
});

test("discriminators and compared features cost too", () => {
  const adversarial = (objective: object) =>
    trainingCost(
      config({ objective: { kind: "adversarial", discriminators: [{ width: 8, layers: 1 }], ...objective } }),
    );
  const plain = trainingCost(config({}));
  const adversarialCost = adversarial({ content: "l1" });
  const compared = adversarial({ content: "gram" });
  expect(adversarialCost.multiplyAddsPerStep).toBeGreaterThan(plain.multiplyAddsPerStep);
  // VGG16 on patches of 32 px: 15.5 GMAC at 224 px, for made and sharp patches and one gradient.
  const vgg = 3 * BATCH * 15.3e9 * (PATCH / 224) ** 2;
  expect((compared.multiplyAddsPerStep - adversarialCost.multiplyAddsPerStep) / vgg).toBeGreaterThan(0.6);
  expect((compared.multiplyAddsPerStep - adversarialCost.multiplyAddsPerStep) / vgg).toBeLessThan(1);
});
