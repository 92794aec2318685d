/** @file The whole restoration: against the Wiener filter, in windows, at any size. */
import { describe, expect, test } from "vitest";
import { createRuntime } from "../platform/node/threads/runtime.js";
import { Rng } from "../src/base/random.js";
import { createProcess } from "../src/diffusion/process.js";
import type { Planes } from "../src/images/image.js";
import { createNetwork } from "../src/networks/catalog.js";
import { modelConfigSchema } from "../src/restoration/model-config.js";
import { createRestorer, type RestoreProgress } from "../src/restoration/restorer.js";
import { ancestralUpdate } from "../src/samplers/ancestral.js";
import type { SamplerInput } from "../src/samplers/catalog.js";
import { samplingLevels } from "../src/samplers/spacing.js";
import { networkResult } from "./network-result.js";
import { expectClose } from "./oracle/close.js";
import { fallingPower, gaussianDeblurring, shakeKernel } from "./oracle/gaussian-deblurring.js";
import { oracleRuntime } from "./oracle/oracle-runtime.js";
import { aliveParts, sampling, schedule, tinyUnet } from "./oracle/tiny-model.js";

const rng = Rng.fromSeed(11);
const both = modelConfigSchema.parse({
  predictor: { network: tinyUnet(3, 0) },
  diffusion: { network: tinyUnet(9, 8), prediction: "v", schedule, scale: 0.1 },
  sampling,
});
const model = { name: "test", config: both, weights: aliveParts(both, rng) };
const photoOf = (width: number, height: number): Planes => ({
  width,
  height,
  channels: 3,
  data: rng
    .fork(width, height)
    .uniforms(3 * width * height)
    .map((u) => 2 * u - 1),
});
const worst = (a: Float32Array, b: Float32Array) =>
  a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0);

describe("against the closed form", () => {
  const [width, height] = [12, 8];
  const oracle = gaussianDeblurring({
    width,
    height,
    power: fallingPower(width, height, 0.02),
    kernel: shakeKernel(width, height, 3, 1),
    noiseVariance: 0.002,
    mean: 0,
  });
  const config = modelConfigSchema.parse({
    diffusion: {
      network: { ...tinyUnet(6, 8), unshuffle: 1, widths: [4], blocks: [1] },
      prediction: "x0",
      schedule,
      clip: false,
    },
    sampling: { ...sampling, spacing: { kind: "trailing" } },
  });
  const restorer = createRestorer(
    { name: "oracle", config, weights: aliveParts(config, rng) },
    oracleRuntime((y) => oracle.denoiser(y)),
  );
  const x0 = oracle.drawSharp(rng.fork("sharp"), 3);
  const y = oracle.observe(x0, rng.fork("observed"));
  const photo: Planes = { width, height, channels: 3, data: y };
  const wiener = oracle.posteriorMean(y);
  const meanSquare = (a: Float32Array, b: Float32Array) =>
    a.reduce((sum, value, i) => sum + (value - b[i]!) ** 2, 0) / a.length;
  const [K, steps] = [16, 25];

  /**
   * The variance of a pixel that so few steps leave, from the sampler's own coefficients: every update is linear in x.
   */
  const expectedVariance = (() => {
    const levels = samplingLevels(createProcess(config.diffusion!.schedule), steps, config.sampling!.spacing);
    let power = new Float64Array(width * height).fill(1);
    for (let i = 0; i < steps; i++) {
      const {
        x0: share,
        xt,
        noise,
      } = ancestralUpdate(levels[i]!, levels[i + 1]!, { kind: "ancestral", variance: "posterior" });
      const gain = oracle.gain(levels[i]!);
      power = power.map((value, k) => (share * gain[k]! + xt) ** 2 * value + noise ** 2);
    }
    return power.reduce((sum, value) => sum + value, 0) / power.length;
  })();

  test("samples scatter about the Wiener filter's result as they should, their mean comes K times closer", async () => {
    const { samples } = await restorer.restore(photo, { steps, samples: K, seed: 5 });
    expect(samples).toHaveLength(K);
    const average = new Float32Array(y.length).map((_, i) =>
      samples.reduce((sum, sample) => sum + sample.data[i]! / K, 0),
    );
    const scatter = samples.reduce((sum, sample) => sum + meanSquare(sample.data, wiener) / K, 0);
    // 16 x 288 values, correlated over about 10 pixels, estimate a variance to 5 %; their mean is one such picture, so
    // 20 %.
    expect(Math.abs(scatter / expectedVariance - 1)).toBeLessThan(0.12);
    expect(Math.abs(meanSquare(average, wiener) / (expectedVariance / K) - 1)).toBeLessThan(0.6);
    // The posterior's error adds to the scatter: a sample is about twice as far from the truth as the mean is.
    const error = samples.reduce((sum, sample) => sum + meanSquare(sample.data, x0) / K, 0);
    expect(Math.abs(error / (meanSquare(wiener, x0) + expectedVariance) - 1)).toBeLessThan(0.15);
  });
});

describe("realism, against the closed form", () => {
  const [width, height] = [12, 8];
  const oracle = gaussianDeblurring({
    ...{ width, height, power: fallingPower(width, height, 0.02), kernel: shakeKernel(width, height, 3, 1) },
    ...{ noiseVariance: 0.002, mean: 0 },
  });
  const config = modelConfigSchema.parse({
    diffusion: {
      network: { ...tinyUnet(6, 8), unshuffle: 1, widths: [4], blocks: [1] },
      ...{ prediction: "x0", schedule, clip: false },
    },
    sampling: { ...sampling, spacing: { kind: "trailing" } },
  });
  const restorer = createRestorer(
    { name: "oracle", config, weights: aliveParts(config, rng) },
    oracleRuntime((y) => oracle.denoiser(y)),
  );
  const y = oracle.observe(oracle.drawSharp(rng.fork("sharp"), 3), rng.fork("observed"));
  const photo: Planes = { width, height, channels: 3, data: y };
  const wiener = oracle.posteriorMean(y);
  const SAMPLERS: readonly SamplerInput[] = [
    { kind: "ancestral" },
    { kind: "ddim" },
    { kind: "ddim", eta: 0.5 },
    { kind: "dpm-solver", stochastic: true },
    { kind: "heun" },
  ];
  const restore = async (realism: number, sampler: SamplerInput, seed = 1, samples = 1) =>
    (await restorer.restore(photo, { steps: 100, realism, sampler, seed, samples })).samples.map(({ data }) => data);

  test.each(SAMPLERS)("$kind: 0 is the posterior's mean, whatever the seed", async (sampler) => {
    const [[one], [other]] = [await restore(0, sampler, 1), await restore(0, sampler, 2)];
    expect(one).toEqual(other);
    expect(worst(one!, wiener)).toBeLessThan(5e-3);
  });

  test.each(SAMPLERS)("$kind: the deviation from the mean path grows as the root of realism", async (sampler) => {
    const [mean, half, whole] = (await Promise.all([0, 0.25, 1].map((realism) => restore(realism, sampler)))).map(
      ([one]) => one!,
    );
    for (let i = 0; i < mean!.length; i++)
      expect(Math.abs(half![i]! - mean![i]! - (whole![i]! - mean![i]!) / 2)).toBeLessThan(2e-5);
  });

  test("stop settled: fewer steps, all but the same result, and every step if none settles", async () => {
    const run = async (options: object) => {
      const seen: number[] = [];
      const progress: RestoreProgress[] = [];
      const { restored } = await restorer.restore(photo, {
        ...{ steps: 200, realism: 0, seed: 1, ...options },
        onStep: ({ index }) => seen.push(index),
        onProgress: (event) => progress.push(event),
      });
      expect(progress.at(-1)!.done).toBe(progress.at(-1)!.total);
      return { restored, steps: seen.length };
    };
    const whole = await run({});
    const settled = await run({ stop: "settled" });
    expect(whole.steps).toBe(200);
    expect(settled.steps).toBeLessThan(200);
    // In 8-bit levels, at the first rest: what is left is a tail of small changes.
    expect(worst(settled.restored.data, whole.restored.data) * 127.5).toBeLessThan(12);
    const noisy = await run({ stop: "settled", steps: 4, realism: 1 });
    expect(noisy.steps).toBe(4);
  });

  test("1 is what no word of it gives; what has no noise to scale says so", async () => {
    const plain = await restorer.restore(photo, { steps: 5, seed: 3 });
    expect((await restorer.restore(photo, { steps: 5, seed: 3, realism: 1 })).restored).toEqual(plain.restored);
    await expect(restorer.restore(photo, { realism: 1.5 })).rejects.toThrow(
      /realism: expected a number from 0 to 1, got 1.5/,
    );
    await expect(restore(0.5, { kind: "predictor-corrector" })).rejects.toThrow(/predictor-corrector sizes its steps/);
  });
});

describe("in windows", () => {
  const runtime = createRuntime({ threads: 2 });

  test.each([0, 3])("many windows give what one gives, %i steps", async (steps) => {
    const photo = photoOf(333, 150);
    const whole = createRestorer(model, runtime);
    const windowed = createRestorer(model, runtime, { maxPixels: 112 * 112 });
    const stages: RestoreProgress[] = [];
    const a = await whole.restore(photo, { steps, seed: 3 });
    const b = await windowed.restore(photo, { steps, seed: 3, onProgress: (event) => stages.push(event) });
    expect(worst(a.restored.data, b.restored.data)).toBeLessThan(1e-5);
    expect(stages.length).toBeGreaterThan(4 * (steps + 1));
    // All windows of a network count the same, as many for each step as for the prediction.
    const work = stages.map(({ done }, i) => done - (stages[i - 1]?.done ?? 0));
    const windows = stages.length / (steps + 1);
    expect(new Set(work.slice(0, windows)).size).toBe(1);
    expect(new Set(work.slice(windows)).size).toBe(Math.min(steps, 1));
    expect(Math.min(...work)).toBeGreaterThan(0);
    expect(stages.at(-1)!.done).toBe(stages.at(-1)!.total);
    await whole.release();
    await windowed.release();
  });

  test.each([
    [1, 1],
    [2, 3],
    [1, 40],
    [17, 5],
    [63, 64],
  ])("%i x %i is what the network gives for the photo padded by hand", async (width, height) => {
    const restorer = createRestorer(model, runtime);
    const photo = photoOf(width, height);
    const { restored } = await restorer.restore(photo, { steps: 0 });
    const byHand = await networkResult(createNetwork(both.predictor!.network), model.weights.predictor!, photo);
    expect([restored.width, restored.height]).toEqual([width, height]);
    expectClose(
      restored.data,
      byHand.map((value) => Math.max(-1, Math.min(1, value))),
      { rtol: 0, atol: 1e-5 },
    );
    const { restored: diffused } = await restorer.restore(photo, { seed: 1 });
    expect([diffused.width, diffused.height, diffused.data.every(Number.isFinite)]).toEqual([width, height, true]);
    expect(worst(diffused.data, restored.data)).toBeGreaterThan(1e-3);
    await restorer.release();
  });

  test("one seed, one result; another seed, another; thread counts agree to 1e-4", async () => {
    const photo = photoOf(40, 30);
    const run = async (seed: number, threads: number) => {
      const restorer = createRestorer(model, createRuntime({ threads }));
      const { restored } = await restorer.restore(photo, { seed });
      await restorer.release();
      return restored.data;
    };
    const first = await run(1, 2);
    expect(await run(1, 2)).toEqual(first);
    expect(worst(await run(1, 1), first)).toBeLessThan(1e-4);
    expect(worst(await run(2, 2), first)).toBeGreaterThan(1e-3);
  });

  test("stops between windows when asked to", async () => {
    const restorer = createRestorer(model, runtime, { maxPixels: 112 * 112 });
    const controller = new AbortController();
    let windows = 0;
    const work = restorer.restore(photoOf(400, 400), {
      signal: controller.signal,
      onProgress: () => ++windows === 2 && controller.abort(),
    });
    await expect(work).rejects.toMatchObject({ code: "cancelled" });
    expect(windows).toBe(2);
    await restorer.release();
  });
});

test("what a model cannot do is said", async () => {
  const config = modelConfigSchema.parse({ predictor: { network: tinyUnet(3, 0) } });
  const restorer = createRestorer(
    { name: "plain", config, weights: aliveParts(config, rng) },
    createRuntime({ threads: 1 }),
  );
  const photo = photoOf(8, 8);
  await expect(restorer.restore(photo, { steps: 4 })).rejects.toThrow(/"plain" has no diffusion/);
  await expect(restorer.restore(photo, { samples: 2 })).rejects.toThrow(
    /samples above 1 cannot be used without diffusion steps/,
  );
  await expect(restorer.restore({ ...photo, channels: 1 })).rejects.toThrow(
    /expected \[3, height, width\], got \[1, 8, 8\]/,
  );
  expect(() => createRestorer({ name: "empty", config, weights: {} }, createRuntime())).toThrow(
    /the weights of its predictor are missing/,
  );
});

describe("another predictor in front of the diffusion", () => {
  const runtime = createRuntime({ threads: 1 });
  const bright = photoOf(40, 24);
  const photo = { ...bright, data: bright.data.map((value) => value / 2) }; // what a restorer gives is within [-1, 1]: no value is near

  test("that predicts the same gives the same picture, and its progress ends with the rest", async () => {
    const alone = modelConfigSchema.parse({ predictor: both.predictor });
    const predictor = createRestorer(
      { name: "alone", config: alone, weights: { predictor: model.weights.predictor! } },
      runtime,
    );
    const [own, other] = [createRestorer(model, runtime), createRestorer(model, runtime, { predictor })];
    const events: RestoreProgress[] = [];
    const expected = (await own.restore(photo, { seed: 3 })).restored.data;
    const options = { seed: 3, onProgress: (event: RestoreProgress) => events.push(event) };
    expect((await other.restore(photo, options)).restored.data).toEqual(expected);
    expect(events.at(-1)!.done).toBe(events.at(-1)!.total);
    for (const restorer of [own, other, predictor]) await restorer.release();
  });

  test("is refused by a model without a diffusion, by name", () => {
    const config = modelConfigSchema.parse({ predictor: both.predictor });
    const alone = { name: "alone", config, weights: { predictor: model.weights.predictor! } };
    const predictor = createRestorer(alone, runtime);
    expect(() => createRestorer(alone, runtime, { predictor })).toThrow(/needs a model with .* a diffusion.*"alone"/s);
  });
});
