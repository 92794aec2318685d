import { expect, test } from "vitest";
import { createRuntime } from "../../platform/node/threads/runtime.js";
import { Rng } from "../base/random.js";
import { compile } from "../graph/compile.js";
import { input } from "../graph/tensor.js";
import { bindWeights, initialWeights } from "../nn/parameters.js";
import { floatResult, floats } from "../runtime/session.js";
import { residualUnet, residualUnetSchema } from "./residual-unet.js";

const create = (options: object) =>
  residualUnet(
    residualUnetSchema.parse({
      architecture: "residual-unet",
      inChannels: 3,
      widths: [8, 8],
      blocks: [1, 1],
      ...options,
    }),
  );

test("an untrained network that adds its input returns the photo", async () => {
  const network = create({ addInput: true });
  const image = input("image", [1, 3, 16, 16]);
  const [result] = network.forward({ image });
  await using session = await createRuntime({ threads: 1 }).open(
    compile({
      inputs: [image],
      outputs: { result: result! },
      weights: bindWeights(network.parameters, initialWeights(network.parameters, Rng.fromSeed(1))),
    }),
  );
  const photo = Rng.fromSeed(2).normals(3 * 256);
  expect(floatResult(await session.run({ image: floats(photo, [1, 3, 16, 16]) }), "result")).toEqual(photo);
});

test.each([2, 3])("blend mixes %i images pixel by pixel with the learned weights", async (images) => {
  const network = create({ addInput: true, inChannels: 3 * images, blend: true });
  const image = input("image", [1, 3 * images, 16, 16]);
  const [result] = network.forward({ image });
  // Only the bias of the mixing convolution is not zero: each pixel of an unshuffled 2x2 square has its own.
  const shares = [0, 0.25, 0.5, 1];
  const ofThird = [0.5, 0, 0.25, -0.5];
  const known: Record<string, number[]> = { "blend.bias": shares, "blend.1.bias": ofThird };
  const weights = new Map(
    [...initialWeights(network.parameters, Rng.fromSeed(1))].map(([label, values]) => [
      label,
      known[label] ? Float32Array.from(known[label]) : values,
    ]),
  );
  await using session = await createRuntime({ threads: 1 }).open(
    compile({ inputs: [image], outputs: { result: result! }, weights: bindWeights(network.parameters, weights) }),
  );
  const seen = Rng.fromSeed(2).normals(3 * images * 256);
  const out = floatResult(await session.run({ image: floats(seen, [1, 3 * images, 16, 16]) }), "result");
  for (const [i, value] of out.entries()) {
    const place = 2 * (Math.floor(i / 16) % 2) + (i % 2);
    const added = [shares, ofThird]
      .slice(0, images - 1)
      .map((of, k) => of[place]! * (seen[(k + 1) * 768 + i]! - seen[i]!));
    expect(value).toBeCloseTo(seen[i]! + added.reduce((a, b) => a + b), 5);
  }
});

test("blend with fewer than two images is refused", () => {
  expect(() => create({ addInput: true, inChannels: 3, blend: true })).toThrow(/two images of 3 channels/);
  expect(() => create({ addInput: false, inChannels: 6, blend: true })).toThrow(/blend needs addInput/);
});

test("guides are inputs but not part of the blend", () => {
  const labels = (options: object) =>
    create({ addInput: true, blend: true, ...options }).parameters.map(({ label }) => label);
  expect(labels({ inChannels: 12, guides: 1 })).toEqual(labels({ inChannels: 9 }));
  expect(labels({ inChannels: 12 })).not.toEqual(labels({ inChannels: 9 }));
  expect(() => create({ addInput: true, inChannels: 6, blend: true, guides: 1 })).toThrow(/beside the guides/);
  expect(() => create({ addInput: true, inChannels: 6, guides: 1 })).toThrow(/set blend/);
});
