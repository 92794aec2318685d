/** @file Contract of every published predictor: sizes, several outputs, means over the whole photo or over windows. */
import { describe, expect, test } from "vitest";
import { createRuntime } from "../../platform/node/threads/runtime.js";
import { aliveWeights } from "../../test/oracle/alive-weights.js";
import { Rng } from "../base/random.js";
import { compile } from "../graph/compile.js";
import { input } from "../graph/tensor.js";
import { bindWeights } from "../nn/parameters.js";
import { modelConfigSchema } from "../restoration/model-config.js";
import { floatResult, floats } from "../runtime/session.js";
import { createNetwork, networkConfigSchema } from "./catalog.js";
import { mprnet, mprnetSchema } from "./mprnet.js";

const small = {
  rcan: { groups: 1, blocks: 1, features: 8, reduction: 2 },
  han: { groups: 2, blocks: 1, features: 8, reduction: 2 },
  hinet: { width: 4, depth: 3, normalisedLevels: [0, 2] },
  mprnet: { features: 8, featuresPerScale: 4, extraFeatures: 4, blocks: 1, reduction: 2 },
} as const;
const ARCHITECTURES = Object.keys(small) as (keyof typeof small)[];
const create = (architecture: keyof typeof small, options: object = {}) =>
  createNetwork(networkConfigSchema.parse({ architecture, ...small[architecture], ...options }));

const rng = Rng.fromSeed(17);
type Photo = (x: number, y: number, channel: number) => number;

/** Restores a photo of `size` x `size`; networks with the same parameters get the same weights. */
async function restore(network: ReturnType<typeof create>, size: number, photo: Photo): Promise<Float32Array> {
  const image = input("image", [1, 3, size, size]);
  const weights = bindWeights(
    network.parameters,
    aliveWeights(network.parameters, { initial: rng, instead: rng, scale: 0.1 }),
  );
  await using session = await createRuntime({ threads: 1 }).open(
    compile({ inputs: [image], outputs: { result: network.forward({ image }).at(-1)! }, weights }),
  );
  const pixels = Float32Array.from({ length: image.size }, (_, i) =>
    photo(i % size, Math.floor(i / size) % size, Math.floor(i / size / size)),
  );
  return floatResult(await session.run({ image: floats(pixels, image.shape) }), "result");
}
const waves: Photo = (x, y, c) => Math.sin(0.7 * x + c) * Math.cos(0.4 * y);
const largestDifference = (a: Float32Array, b: Float32Array): number =>
  a.reduce((worst, value, i) => Math.max(worst, Math.abs(value - b[i]!)), 0);

describe.each(ARCHITECTURES)("%s", (architecture) => {
  const stages = { rcan: 1, han: 1, hinet: 2, mprnet: 3 }[architecture];

  test("keeps the size in every stage, at the smallest size and at other multiples", () => {
    const network = create(architecture);
    for (const [h, w] of [
      [1, 1],
      [3, 2],
    ] as const) {
      const shape = [2, 3, h * network.multiple, w * network.multiple];
      const outputs = network.forward({ image: input("image", shape) });
      expect(outputs.map((output) => output.shape)).toEqual(Array.from({ length: stages }, () => shape));
    }
  });

  test("depends on the whole photo, as its reach states", async () => {
    const network = create(architecture);
    expect(network.reachPx).toBeNull();
    const size = 160;
    const before = await restore(network, size, waves);
    const after = await restore(network, size, (x, y, c) => waves(x, y, c) + (x + y === 0 ? 40 : 0));
    // From corner to corner, which convolutions alone do not reach.
    expect(after.at(-1)).not.toBe(before.at(-1));
  });
});

test("multiples are those of the published code", () => {
  const multiples = ARCHITECTURES.map((architecture) => create(architecture).multiple);
  expect(multiples).toEqual([1, 1, 4, 8]);
  expect(createNetwork(networkConfigSchema.parse({ architecture: "hinet" })).multiple).toBe(16);
});

describe.each(ARCHITECTURES)("%s with means over windows", (architecture) => {
  const size = 32;
  const whole = restore(create(architecture), size, waves);
  const local = (trainPx: number) =>
    restore(create(architecture, { pooling: { kind: "local", trainPx } }), size, waves);

  test("equals the network with global means if the windows cover the whole photo", async () => {
    expect(largestDifference(await local(size), await whole)).toBeLessThan(1e-5);
  });

  test("differs if they do not", async () => {
    expect(largestDifference(await local(8), await whole)).toBeGreaterThan(1e-4);
  });
});

test("MPRNet's shared activation has its first name and is an alias under all others", () => {
  const { parameters, aliases } = mprnet(mprnetSchema.parse({ architecture: "mprnet" }));
  const slopes = parameters.filter(({ shape }) => shape.length === 1);
  expect(slopes.map(({ label }) => label)).toEqual(["shallow_feat1.1.body.1.weight"]);
  // 3 at the start, 2 encoders of 6 blocks, 2 decoders of 6 and 2 on their shortcuts, 3 groups of 8; less the parameter
  // itself.
  expect(aliases!.size).toBe(3 + 12 + 16 + 24 - 1);
  expect(new Set(aliases!.values())).toEqual(new Set(["shallow_feat1.1.body.1.weight"]));
});

test("a model has the scale of a network that enlarges, and gives it the photo alone", () => {
  const predictor = { network: { architecture: "rcan", scale: 2 } };
  const messages = (model: object) => modelConfigSchema.safeParse(model).error?.issues.map(({ message }) => message);
  expect(messages({ predictor, scale: 2 })).toBeUndefined();
  expect(messages({ predictor: { network: { architecture: "rcan" } }, scale: 2 })).toBeUndefined(); // enlarged before it
  expect(messages({ predictor })).toEqual([expect.stringMatching(/the model's scale must be 2, not left out/)]);
  expect(messages({ predictor, scale: 4 })).toEqual([expect.stringMatching(/the model's scale must be 2, not 4/)]);
  expect(messages({ deconvolution: {}, scale: 2 })).toEqual([expect.stringMatching(/given the photo alone/)]);
});

test.each([2, 3, 4, 8])("at scale %i results are that much larger", (scale) => {
  for (const architecture of ["rcan", "han"] as const) {
    const network = create(architecture, { scale });
    const [result] = network.forward({ image: input("image", [1, 3, 5, 7]) });
    expect([network.scale, result!.shape]).toEqual([scale, [1, 3, 5 * scale, 7 * scale]]);
  }
});
