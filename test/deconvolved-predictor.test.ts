/** @file A predictor that sees the photo and its deconvolution: put together by the restorer, by an exported file, and by hand. */
import { expect, test } from "vitest";
import { createRuntime } from "../platform/node/runtime.js";
import { Rng } from "../src/base/random.js";
import { convolve } from "../src/blur/convolve.js";
import { gaussianKernel } from "../src/blur/simple-kernels.js";
import { deconvolve } from "../src/deconvolution/deconvolve.js";
import type { Planes } from "../src/images/image.js";
import { createNetwork } from "../src/networks/catalog.js";
import { exportRole } from "../src/restoration/export-model.js";
import { createExportedRestorer } from "../src/restoration/exported-restorer.js";
import { modelConfigSchema } from "../src/restoration/model-config.js";
import { createRestorer } from "../src/restoration/model-restorer.js";
import type { RestoreProgress } from "../src/restoration/restorer.js";
import { WindowedNetwork } from "../src/restoration/windowed-network.js";
import { aliveWeights } from "./oracle/alive-weights.js";
import { expectClose } from "./oracle/close.js";

const rng = Rng.fromSeed(21);
const config = modelConfigSchema.parse({
  predictor: {
    sees: "photo and deconvolution",
    network: {
      architecture: "residual-unet",
      ...{ inChannels: 6, widths: [4, 8], blocks: [1, 1], middleBlocks: 1, addInput: true, blend: true },
    },
  },
});
const network = createNetwork(config.predictor!.network);
const weights = aliveWeights(network.parameters, { initial: rng, instead: rng, scale: 0.05 });
const model = { name: "both", config, weights: { predictor: weights } };
const photo: Planes = convolve(
  { width: 150, height: 90, channels: 3, data: rng.uniforms(3 * 150 * 90).map((u) => 2 * u - 1) },
  gaussianKernel(7, 1.3),
);

test("is given the deconvolution of the whole photo, in windows as well, and says how far it is", {
  timeout: 60_000,
}, async () => {
  const runtime = createRuntime({ threads: 1 });
  const { deconvolved } = await deconvolve(photo);
  await using byHand = new WindowedNetwork(network, weights, runtime, 1e6);
  const expected = (await byHand.run({ width: 150, height: 90, images: [photo, deconvolved] })).map((value) =>
    Math.min(1, Math.max(-1, value)),
  );
  for (const maxPixels of [1e6, 96 * 96]) {
    const restorer = createRestorer(model, runtime, { maxPixels });
    const told: RestoreProgress[] = [];
    const { restored } = await restorer.restore(photo, { onProgress: (event) => told.push(event) });
    expectClose(restored.data, expected, { rtol: 1e-5, atol: 1e-5 });
    expect(told.map(({ done }) => done)).toEqual(told.map(({ done }) => done).sort((a, b) => a - b));
    expect(told.at(-1)!.done).toBe(told.at(-1)!.total);
    await restorer.release();
  }
  const { file } = exportRole(model, "predictor");
  const exported = createExportedRestorer(file, "both-predictor.onnx", runtime);
  expectClose((await exported.restore(photo)).restored.data, expected, { rtol: 1e-4, atol: 1e-4 });
  await exported.release();
});

test("stops while the blur is estimated", { timeout: 60_000 }, async () => {
  const restorer = createRestorer(model, createRuntime({ threads: 1 }));
  const stop = new AbortController();
  const work = restorer.restore(photo, { signal: stop.signal, onProgress: () => stop.abort() });
  await expect(work).rejects.toMatchObject({ code: "cancelled" });
  await restorer.release();
});
