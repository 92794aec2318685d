/**
 * @file A predictor that sees the photo and its deconvolution, what a motion network makes of both, or also what the
 * deconvolution leaves of the photo: put together by the restorer, by an exported file, by the page, and by hand.
 */
import { join } from "node:path";
import { Uint8ArrayReader, Uint8ArrayWriter, ZipWriter } from "@zip.js/zip.js";
import { expect, test } from "vitest";
import { readRgb } from "../platform/node/photos/image-file.js";
import { createRuntime } from "../platform/node/threads/runtime.js";
import { Rng } from "../src/base/random.js";
import { convolve } from "../src/blur/convolve.js";
import { lightFromUnit, unitFromLight } from "../src/blur/light.js";
import { gaussianKernel, linearMotionKernel } from "../src/blur/simple-kernels.js";
import { deconvolve } from "../src/deconvolution/deconvolve.js";
import { deconvolveBlind } from "../src/deconvolution/hypotheses/deconvolve-blind.js";
import { encodeWeights, MODEL_FILE, weightsFile } from "../src/exchange/model-files.js";
import { exportRole } from "../src/exchange/onnx/export-model.js";
import { createExportedRestorer } from "../src/exchange/onnx/exported-restorer.js";
import { crop } from "../src/images/crop.js";
import type { Planes } from "../src/images/image.js";
import { planesFromRaster, rasterFromPlanes, signedFromUnit } from "../src/images/pixels.js";
import { createNetwork } from "../src/networks/catalog.js";
import { keepMotion } from "../src/restoration/keep-motion.js";
import { modelConfigSchema } from "../src/restoration/model-config.js";
import { createRestorer, type Model, type RestoreProgress, type Restorer } from "../src/restoration/restorer.js";
import { sharpnessOf } from "../src/restoration/sharpness.js";
import { networkResult, networkWork } from "./network-result.js";
import { aliveWeights } from "./oracle/alive-weights.js";
import { expectClose } from "./oracle/close.js";

const rng = Rng.fromSeed(21);
const config = modelConfigSchema.parse({
  predictor: {
    inputs: ["photo", "deconvolution"],
    network: {
      architecture: "residual-unet",
      ...{ inChannels: 6, widths: [4, 8], blocks: [1, 1], middleBlocks: 1, addInput: true, blend: true },
    },
  },
});
const network = createNetwork(config.predictor!.network);
const weights = aliveWeights(network.parameters, { initial: rng, instead: rng, scale: 0.05 });
const model: Model = { name: "both", config, weights: { predictor: weights } };

const behindMotion = { ...config, predictor: { ...config.predictor, inputs: ["photo", "motion"] } };
const withMotion = modelConfigSchema.parse({
  ...behindMotion,
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
    inputs: ["photo", "motion", "deconvolution"],
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
/** Size in the motion network's multiple, to which others are padded first. */
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
    const { deconvolved } = await deconvolve(photo);
    let seen = [deconvolved];
    if (model.config.motion) {
      const better = await networkResult(motionNetwork, motionWeights, photo, deconvolved);
      expect(better.some((value, i) => Math.abs(value - deconvolved.data[i]!) > 0.02)).toBe(true);
      seen = [{ ...photo, data: better }, ...(model === beside ? [deconvolved] : [])];
    }
    const own = createNetwork(model.config.predictor!.network);
    const expected = (await networkResult(own, model.weights.predictor!, photo, ...seen)).map((value) =>
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

test("the motion network's picture is kept where the prediction does not use the deconvolution", {
  timeout: 60_000,
}, async () => {
  const config = { ...allSeen, predictor: { ...allSeen.predictor!, keepsMotion: true } };
  const runtime = createRuntime({ threads: 1 });
  const { deconvolved } = await deconvolve(whole);
  const motion = { ...whole, data: await networkResult(motionNetwork, motionWeights, whole, deconvolved) };
  const predicted = await networkResult(wideNetwork, wideWeights, whole, motion, deconvolved);
  const expected = predicted.slice();
  const isSharp = () => sharpnessOf(whole).sharp;
  keepMotion(expected, { photo: whole, isSharp, motion, deconvolved, yielded: null, doubt: null });
  const changed = expected.filter((value, i) => Math.abs(value - predicted[i]!) > 0.02).length;
  expect(changed).toBeGreaterThan(expected.length / 20);
  for (const maxPixels of [1e6, 128 * 128]) {
    const restorer = createRestorer({ ...beside, config }, runtime, { maxPixels });
    const { restored } = await restorer.restore(whole);
    const clipped = expected.map((value) => Math.min(1, Math.max(-1, value)));
    expectClose(restored.data, clipped, { rtol: 1e-5, atol: maxPixels < 1e6 ? 5e-4 : 1e-5 });
    await restorer.release();
  }
  expect(() => exportRole({ ...beside, config }, "predictor")).toThrow(/keeps the motion network's picture/);
});

test("tells of each tile of a network in front that takes tiles", { timeout: 60_000 }, async () => {
  const tiled = modelConfigSchema.parse({
    ...behindMotion,
    motion: {
      network: { architecture: "maxim", features: 4, stages: 1, ends: "attention", coarseOutputs: false },
      inputs: ["photo"],
    },
  });
  const { parameters } = createNetwork(tiled.motion!.network);
  const motion = aliveWeights(parameters, { initial: rng, instead: rng, scale: 0.05 });
  const runtime = createRuntime({ threads: 1 });
  const restorer = createRestorer({ name: "tiled", config: tiled, weights: { motion, predictor: weights } }, runtime);
  const told: RestoreProgress[] = [];
  await restorer.restore(photoOf(300, 280), { onProgress: (event) => told.push(event) });
  await restorer.release();
  // Multiply-adds: of each of the four tiles, of the predictor's one window, and for each pixel to estimate the blur.
  const tile = networkWork(createNetwork(tiled.motion!.network), 256, 256);
  const estimate = 150_000 * 300 * 280;
  const shares = [0, 1, 2, 3, 4].map((tiles) => estimate + tiles * tile);
  const total = shares.at(-1)! + networkWork(createNetwork(tiled.predictor!.network), 300, 280);
  expect(told.filter(({ done }) => done > estimate + 1).map(({ done }) => done)).toEqual([...shares.slice(1), total]);
  expect(new Set(told.map((event) => event.total))).toEqual(new Set([total]));
});

/** Reads a model's ZIP as the page does; its own types are those of browsers. */
async function openedByThePage(parts: ReadonlyMap<string, Uint8Array>): Promise<Restorer> {
  const zip = new ZipWriter(new Uint8ArrayWriter(), { useWebWorkers: false });
  for (const [name, bytes] of parts) await zip.add(name, new Uint8ArrayReader(bytes));
  const file = new File([(await zip.close()) as Uint8Array<ArrayBuffer>], "mine.zip");
  const { openModelOf } = await import(new URL("../platform/browser/open-model.ts", import.meta.url).href);
  const site = { base: "", index: { models: [] }, runtime: createRuntime({ threads: 1 }) };
  return (await openModelOf(file, site)).restorer;
}

/** A photograph with shake, but for a square in it: no kernel explains both. */
async function halfShaken(): Promise<Planes> {
  const read = planesFromRaster(
    await readRgb(join(import.meta.dirname, "../../shared/data/photos/kodak_7.jpg")),
    "unit",
  );
  const sharp = crop(read, { left: 250, top: 150, width: 160, height: 128 });
  const light = convolve(lightFromUnit(sharp, "gamma2.2"), linearMotionKernel(9, 30));
  const photo = unitFromLight(light, "gamma2.2");
  for (let channel = 0; channel < 3; channel++)
    for (let y = 48; y < 80; y++)
      for (let x = 64, at = (channel * 128 + y) * 160 + x; x < 96; x++, at++) photo.data[at] = sharp.data[at]!;
  return planesFromRaster(rasterFromPlanes(signedFromUnit(photo)));
}

test("a residual is seen last: at once, in windows, at any size, and in the page; no file is exported", {
  timeout: 600_000,
}, async () => {
  const config = modelConfigSchema.parse({
    ...allSeen,
    predictor: {
      ...{ inputs: ["photo", "motion", "deconvolution", "residual"], deconvolver: "hypotheses" },
      network: { ...allSeen.predictor!.network, inChannels: 12, guides: 1 },
    },
  });
  const own = createNetwork(config.predictor!.network);
  const predictorWeights = aliveWeights(own.parameters, { initial: rng, instead: rng, scale: 0.05 });
  const parts = { motion: motionWeights, predictor: predictorWeights };
  const model: Model = { name: "residual", config, weights: parts };
  const runtime = createRuntime({ threads: 1 });
  const photo = await halfShaken();
  const { deconvolved, residual } = (await deconvolveBlind(photo, { residual: true })).candidates[0]!;
  const left = { ...residual!, data: residual!.data.map((value) => Math.min(1, Math.max(-1, 4 * value))) };
  expect(left.data.some((value) => Math.abs(value) > 0.2)).toBe(true);
  const better = { ...photo, data: await networkResult(motionNetwork, motionWeights, photo, deconvolved) };
  const clipped = (data: Float32Array) => data.map((value) => Math.min(1, Math.max(-1, value)));
  const expected = clipped(await networkResult(own, predictorWeights, photo, better, deconvolved, left));
  const unseen = { ...left, data: new Float32Array(left.data.length) };
  const blind = clipped(await networkResult(own, predictorWeights, photo, better, deconvolved, unseen));
  expect(blind.some((value, i) => Math.abs(value - expected[i]!) > 0.01)).toBe(true);

  for (const [maxPixels, atol] of [
    [1e6, 1e-5],
    [128 * 128, 1e-4],
  ] as const) {
    const restorer = createRestorer(model, runtime, { maxPixels });
    expectClose((await restorer.restore(photo)).restored.data, expected, { rtol: 1e-5, atol });
    if (maxPixels === 1e6) {
      // Sizes that fit no multiple, and too small to estimate a blur: the residual has the photo's size.
      const { restored } = await restorer.restore(photoOf(61, 35));
      expect([restored.width, restored.height]).toEqual([61, 35]);
      expect(restored.data.every(Number.isFinite)).toBe(true);
    }
    await restorer.release();
  }
  const about = {
    ...{ format: "unblur model 1", name: "residual", summary: "For tests.", license: "MIT" },
    model: config,
  };
  const page = await openedByThePage(
    new Map([
      [MODEL_FILE, new TextEncoder().encode(JSON.stringify(about))],
      [weightsFile("motion"), encodeWeights(motionNetwork.parameters, motionWeights, "F32", {})],
      [weightsFile("predictor"), encodeWeights(own.parameters, predictorWeights, "F32", {})],
    ]),
  );
  expectClose((await page.restore(photo)).restored.data, expected, { rtol: 1e-5, atol: 1e-5 });
  await page.release();
  expect(() => exportRole(model, "predictor")).toThrow(
    /sees the residual of its own deconvolution.*export a model without/,
  );
  const yielding: Model = { ...model, config: { ...config, motion: { ...config.motion!, yields: true } } };
  expect(() => exportRole(yielding, "predictor")).toThrow(/yields to the deconvolution.*export a model without/);
});

test("stops while the blur is estimated", { timeout: 60_000 }, async () => {
  const restorer = createRestorer(model, createRuntime({ threads: 1 }));
  const stop = new AbortController();
  const work = restorer.restore(photo, { signal: stop.signal, onProgress: () => stop.abort() });
  await expect(work).rejects.toMatchObject({ code: "cancelled" });
  await restorer.release();
});
