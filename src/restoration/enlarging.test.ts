/** @file Models that enlarge: what their networks are given, by identities with models that keep the photo's size. */
import { expect, test } from "vitest";
import { createRuntime } from "../../platform/node/threads/runtime.js";
import { aliveWeights } from "../../test/oracle/alive-weights.js";
import { Rng } from "../base/random.js";
import { enlargedPlanes } from "../images/enlarge.js";
import type { Planes } from "../images/image.js";
import { createNetwork } from "../networks/catalog.js";
import { type ModelConfig, modelConfigSchema, PARTS } from "./model-config.js";
import { createRestorer, type Restorer } from "./restorer.js";
import type { RestorationSettings } from "./settings.js";

const rng = Rng.fromSeed(5);
const photo: Planes = {
  ...{ width: 9, height: 7, channels: 3 },
  data: Float32Array.from({ length: 189 }, (_, i) => 0.8 * Math.sin(0.3 * i)),
};
const unet = (inChannels: number, more: object = {}) => ({
  architecture: "residual-unet",
  ...{ inChannels, widths: [8], blocks: [1], middleBlocks: 0, addInput: false },
  ...more,
});
const diffusion = (inChannels: number) => ({
  diffusion: {
    network: unet(inChannels, { levelChannels: 4 }),
    prediction: "v",
    schedule: { kind: "linear", T: 20, start: 1e-3, end: 0.3 },
  },
  sampling: { sampler: { kind: "ddim" }, spacing: { kind: "trailing" }, steps: 3 },
});
const rcan = { architecture: "rcan", groups: 1, blocks: 1, features: 8, reduction: 2, scale: 2 };

function opened(described: object): Restorer {
  const config: ModelConfig = modelConfigSchema.parse(described);
  const weights = Object.fromEntries(
    PARTS.flatMap((part) => {
      const network = config[part]?.network;
      if (!network) return [];
      const { parameters } = createNetwork(network);
      return [[part, aliveWeights(parameters, { initial: rng, instead: rng, scale: 0.1 })]];
    }),
  );
  return createRestorer({ name: "test", config, weights }, createRuntime({ threads: 1 }));
}

async function restored(described: object, given: Planes, settings: RestorationSettings = {}): Promise<Planes> {
  const restorer = opened(described);
  try {
    return (await restorer.restore(given, settings)).restored;
  } finally {
    await restorer.release();
  }
}

test.each([
  ["a diffusion, as in SR3", diffusion(6)],
  ["a predictor of the photo's size", { predictor: { network: unet(3) } }],
  ["both", { predictor: { network: unet(3) }, ...diffusion(9) }],
])("%s is given the photo enlarged by bicubic interpolation", async (_, model) => {
  const larger = await restored({ ...model, scale: 3 }, photo, { seed: 4 });
  expect([larger.width, larger.height]).toEqual([27, 21]);
  const same = await restored(model, enlargedPlanes(photo, 3), { seed: 4 });
  expect(larger.data).toEqual(same.data);
});

test("a predictor that enlarges is given the photo as it is; the diffusion behind it sees both at the larger size", async () => {
  const enlarger = { predictor: { network: rcan }, scale: 2 };
  const prediction = await restored(enlarger, photo);
  expect([prediction.width, prediction.height]).toEqual([18, 14]);
  expect(new Set(prediction.data).size).toBeGreaterThan(100);
  const both = await restored({ ...enlarger, ...diffusion(9) }, photo, { steps: 3 });
  expect([both.width, both.height]).toEqual([18, 14]);
  expect(both.data).not.toEqual(prediction.data);
  const unasked = await restored({ ...enlarger, ...diffusion(9) }, photo, { steps: 0 });
  expect(unasked.data).toEqual(prediction.data);
});

test("a scale that the model does not have, and a result that is too large, are refused before any work", async () => {
  const enlarger = { predictor: { network: rcan }, scale: 2 };
  await expect(restored(enlarger, photo, { scale: 4 })).rejects.toThrow(/"test" enlarges by 2: leave out scale/);
  await expect(restored({ predictor: { network: unet(3) } }, photo, { scale: 2 })).rejects.toThrow(/photo's size/);
  const wide = { width: 8000, height: 6300, channels: 3, data: new Float32Array(3 * 8000 * 6300) };
  await expect(restored(enlarger, wide)).rejects.toThrow(/16000 x 12600 pixels; expected at most 200 million/);
  expect((await restored(enlarger, photo, { scale: 2 })).width).toBe(18);
});
