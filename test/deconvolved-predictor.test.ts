/** @file A predictor that sees the photo and its deconvolution, or what a motion network makes of both: put together by the restorer, by an exported file, and by hand. */
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
import { createRestorer, type Model } from "../src/restoration/model-restorer.js";
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
const model: Model = { name: "both", config, weights: { predictor: weights } };

const withMotion = modelConfigSchema.parse({
  ...config,
  motion: {
    network: {
      architecture: "motion-bank",
      ...{ widths: [4, 4, 8, 8], blocks: [1, 0, 1, 0], lastBlocks: 0 },
      scales: [
        { shrink: 2, motions: [{ lengthPx: 3, directions: 4 }], radiiPx: [1], taps: 9, smoothness: 0.02 },
        { shrink: 4, motions: [{ lengthPx: 4, directions: 4 }], taps: 9, smoothness: 0.02 },
      ],
    },
  },
});
const motionNetwork = createNetwork(withMotion.motion!.network);
const motionWeights = aliveWeights(motionNetwork.parameters, { initial: rng, instead: rng, scale: 0.3 });
const moved: Model = { name: "moved", config: withMotion, weights: { motion: motionWeights, predictor: weights } };
/** Beside the motion network's result it sees the deconvolution. */
const allSeen = modelConfigSchema.parse({
  ...withMotion,
  predictor: {
    sees: "photo, motion and deconvolution",
    network: { ...config.predictor!.network, inChannels: 9 },
  },
});
const wideNetwork = createNetwork(allSeen.predictor!.network);
const wideWeights = aliveWeights(wideNetwork.parameters, { initial: rng, instead: rng, scale: 0.05 });
const beside: Model = {
  name: "beside",
  config: allSeen,
  weights: { motion: motionWeights, predictor: wideWeights },
};
const photoOf = (width: number, height: number): Planes =>
  convolve(
    { width, height, channels: 3, data: rng.uniforms(3 * width * height).map((u) => 2 * u - 1) },
    gaussianKernel(7, 1.3),
  );
const photo = photoOf(190, 110);
/** Of the motion network's multiple, to which others are enlarged first. */
const whole = photoOf(224, 160);

test.each([
  { name: "alone", model, photo },
  { name: "behind a motion network", model: moved, photo: whole },
  { name: "beside a motion network", model: beside, photo: whole },
])(
  "$name: is given the deconvolution of the whole photo, in windows as well, and says how far it is",
  {
    timeout: 60_000,
  },
  async ({ model, photo }) => {
    const runtime = createRuntime({ threads: 1 });
    const size = { width: photo.width, height: photo.height };
    const { deconvolved } = await deconvolve(photo);
    let seen = [deconvolved];
    if (model.config.motion) {
      await using motion = new WindowedNetwork(motionNetwork, motionWeights, runtime, 1e6);
      const better = await motion.run({ ...size, images: [photo, deconvolved] });
      expect(better.some((value, i) => Math.abs(value - deconvolved.data[i]!) > 0.02)).toBe(true);
      seen = [{ ...photo, data: better }, ...(model === beside ? [deconvolved] : [])];
    }
    const own = createNetwork(model.config.predictor!.network);
    await using byHand = new WindowedNetwork(own, model.weights.predictor!, runtime, 1e6);
    const expected = (await byHand.run({ ...size, images: [photo, ...seen] })).map((value) =>
      Math.min(1, Math.max(-1, value)),
    );
    for (const maxPixels of [1e6, 128 * 128]) {
      const restorer = createRestorer(model, runtime, { maxPixels });
      // Of a photo of several windows, what a predictor sees behind a motion network is kept in 16 bits.
      const atol = maxPixels < 1e6 && model.config.motion ? 1e-4 : 1e-5;
      const told: RestoreProgress[] = [];
      const { restored } = await restorer.restore(photo, { onProgress: (event) => told.push(event) });
      expectClose(restored.data, expected, { rtol: 1e-5, atol });
      expect(told.map(({ done }) => done)).toEqual(told.map(({ done }) => done).sort((a, b) => a - b));
      expect(told.at(-1)!.done).toBe(told.at(-1)!.total);
      await restorer.release();
    }
    const { file } = exportRole(model, "predictor");
    const exported = createExportedRestorer(file, "both-predictor.onnx", runtime);
    expectClose((await exported.restore(photo)).restored.data, expected, { rtol: 1e-4, atol: 1e-4 });
    await exported.release();
  },
);

test("tells of each tile of a network in front that takes tiles", { timeout: 60_000 }, async () => {
  const tiled = modelConfigSchema.parse({
    ...config,
    motion: {
      network: { architecture: "maxim", features: 4, stages: 1, ends: "attention", coarseOutputs: false },
      sees: "photo",
    },
  });
  const { parameters } = createNetwork(tiled.motion!.network);
  const motion = aliveWeights(parameters, { initial: rng, instead: rng, scale: 0.05 });
  const runtime = createRuntime({ threads: 1 });
  const restorer = createRestorer({ name: "tiled", config: tiled, weights: { motion, predictor: weights } }, runtime);
  const told: RestoreProgress[] = [];
  await restorer.restore(photoOf(300, 280), { onProgress: (event) => told.push(event) });
  await restorer.release();
  // The blur counts as four windows of the predictor, which has one here, and each of the four tiles as half of one.
  const total = 1 + 4 / 2;
  const shares = [0, 1, 2, 3, 4].map((tiles) => (total * (4 + tiles / 2)) / 7);
  expect(told.filter(({ done }) => done > shares[0]! + 1e-9).map(({ done }) => done)).toEqual(
    [...shares.slice(1), total].map((share) => expect.closeTo(share, 9)),
  );
  expect(new Set(told.map((event) => event.total))).toEqual(new Set([total]));
});

test("stops while the blur is estimated", { timeout: 60_000 }, async () => {
  const restorer = createRestorer(model, createRuntime({ threads: 1 }));
  const stop = new AbortController();
  const work = restorer.restore(photo, { signal: stop.signal, onProgress: () => stop.abort() });
  await expect(work).rejects.toMatchObject({ code: "cancelled" });
  await restorer.release();
});
