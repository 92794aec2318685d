/** @file A generator that blurs: windows that do not show, any size, a blur for each source of noise. */
import { expect, test } from "vitest";
import { aliveWeights } from "../../test/oracle/alive-weights.js";
import { expectClose } from "../../test/oracle/close.js";
import { unoptimisedRuntime } from "../../test/unoptimised-runtime.js";
import { Rng } from "../base/random.js";
import { compile } from "../graph/compile.js";
import { input } from "../graph/tensor.js";
import { blurNoise } from "../networks/blur-noise.js";
import { createNetwork } from "../networks/catalog.js";
import { bindWeights } from "../nn/parameters.js";
import { floatResult, floats } from "../runtime/session.js";
import { createBlurrer } from "./blurrer.js";
import { modelConfigSchema } from "./model-config.js";
import { createRestorer, type Model } from "./restorer.js";

const rng = Rng.fromSeed(31);
const modelOf = (network: object): Model => {
  const config = modelConfigSchema.parse({ blur: { network } });
  const { parameters } = createNetwork(config.blur!.network);
  const weights = aliveWeights(parameters, { initial: rng, instead: rng.fork("alive"), scale: 0.1 });
  // A variance is above 0.
  for (const [label, values] of weights) if (label.endsWith("running_var")) values.fill(1);
  return { name: "blurs", config, weights: { blur: weights } };
};
const published = modelOf({ architecture: "blur-generator", width: 4, blocks: 1, addInput: true });
const photoOf = (width: number, height: number) => ({
  ...{ width, height, channels: 3 },
  data: rng
    .fork("photo")
    .uniforms(3 * width * height)
    .map((u) => 1.6 * u - 0.8),
});

test.each([
  ["blur-generator", published],
  [
    "residual-unet",
    modelOf({ architecture: "residual-unet", inChannels: 7, widths: [4], blocks: [1], addInput: true }),
  ],
] as const)("%s: small windows give what the whole photo gives, and that is the network's result", async (_, model) => {
  const [width, height] = [90, 70];
  const photo = photoOf(width, height);
  const noise = rng.fork("noise");
  const results = [];
  for (const maxPixels of [1e6, 3000]) {
    const blurrer = createBlurrer(model, unoptimisedRuntime(), { maxPixels });
    results.push((await blurrer.blur(photo, noise)).data);
    await blurrer.release();
  }
  expectClose(results[1]!, results[0]!, { rtol: 0, atol: 1e-5 });

  const network = createNetwork(model.config.blur!.network);
  const image = input("image", [1, 7, height, width]);
  const weights = bindWeights(network.parameters, model.weights.blur!);
  const graph = compile({ inputs: [image], outputs: { made: network.forward({ image })[0]! }, weights });
  await using session = await unoptimisedRuntime().open(graph);
  const joined = Float32Array.of(...photo.data, ...blurNoise(noise, photo));
  const made = floatResult(await session.run({ image: floats(joined, image.shape) }), "made");
  expectClose(
    results[0]!,
    made.map((value) => Math.min(1, Math.max(-1, value))),
    { rtol: 0, atol: 1e-5 },
  );
  expect(made.some((value, i) => Math.abs(value - photo.data[i]!) > 1e-3)).toBe(true);
});

test.each([
  [1, 1],
  [3, 2],
  [31, 17],
])(
  "a photo of %i x %i px keeps its size, and a source of noise gives the same blur each time",
  async (width, height) => {
    const blurrer = createBlurrer(published, unoptimisedRuntime());
    const photo = photoOf(width, height);
    const [first, again, other] = [
      await blurrer.blur(photo, rng.fork(1)),
      await blurrer.blur(photo, rng.fork(1)),
      await blurrer.blur(photo, rng.fork(2)),
    ];
    await blurrer.release();
    expect([first.width, first.height, first.data.length]).toEqual([width, height, 3 * width * height]);
    expect(Array.from(again.data)).toEqual(Array.from(first.data));
    if (width > 1) expect(Array.from(other.data)).not.toEqual(Array.from(first.data));
  },
);

test("models that restore do not blur, and models that blur do not restore", () => {
  const restores: Model = {
    ...{ name: "restores", weights: {} },
    config: modelConfigSchema.parse({ deconvolution: {} }),
  };
  expect(() => createBlurrer(restores, unoptimisedRuntime())).toThrow(
    /learned to blur.*this one restores photos, got restores/,
  );
  expect(() => createRestorer(published, unoptimisedRuntime())).toThrow(
    /blurs sharp ones.*unblur blur --model.*got blurs/,
  );
  expect(() => createBlurrer({ ...published, weights: {} }, unoptimisedRuntime())).toThrow(
    /weights of its blur are missing/,
  );
});
