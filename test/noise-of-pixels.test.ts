/**
 * @file Noise belongs to pixels: what a photo becomes depends on its seed, not on how the work is cut up, at no step of
 * a diffusion.
 */
import { expect, test } from "vitest";
import { createRuntime } from "../platform/node/threads/runtime.js";
import { Rng } from "../src/base/random.js";
import type { Raster } from "../src/images/image.js";
import type { Photo } from "../src/images/photo.js";
import { createNetwork } from "../src/networks/catalog.js";
import { maskFromRaster } from "../src/restoration/mask.js";
import { modelConfigSchema, type Part } from "../src/restoration/model-config.js";
import { restorePhoto } from "../src/restoration/restore-photo.js";
import { createRestorer, type RestoreOptions } from "../src/restoration/restorer.js";
import type { SamplerInput } from "../src/samplers/catalog.js";
import { aliveWeights } from "./oracle/alive-weights.js";

const rng = Rng.fromSeed(21);
const small = { architecture: "residual-unet", widths: [4, 8], blocks: [1, 1], middleBlocks: 1 };
const config = modelConfigSchema.parse({
  predictor: { network: { ...small, inChannels: 3, levelChannels: 0, addInput: true } },
  diffusion: {
    network: { ...small, inChannels: 9, levelChannels: 8, addInput: false },
    ...{ prediction: "v", schedule: { kind: "linear", T: 1000, start: 1e-4, end: 0.02 }, scale: 0.1 },
  },
  sampling: { sampler: { kind: "ancestral" }, spacing: { kind: "log-snr" }, steps: 3 },
});
const weightsOf = (part: Part) =>
  aliveWeights(createNetwork(config[part]!.network).parameters, {
    ...{ initial: rng.fork(part), instead: rng, scale: 0.05 },
  });
const weights = { predictor: weightsOf("predictor"), diffusion: weightsOf("diffusion") };
const model = { name: "test", config, weights };

const [WIDTH, HEIGHT] = [301, 131];
const planes = {
  width: WIDTH,
  height: HEIGHT,
  channels: 3,
  data: rng.uniforms(3 * WIDTH * HEIGHT).map((u) => 2 * u - 1),
};
const worst = (a: ArrayLike<number>, b: ArrayLike<number>) => {
  let most = 0;
  for (let i = 0; i < a.length; i++) most = Math.max(most, Math.abs(a[i]! - b[i]!));
  return most;
};

interface Cut {
  readonly maxPixels: number;
  readonly threads: number;
}
const WHOLE: Cut = { maxPixels: 1e6, threads: 2 };
const CUTS: readonly Cut[] = [
  { maxPixels: 112 ** 2, threads: 2 },
  { maxPixels: 150 ** 2, threads: 1 },
];

/** x_t before each step, and the result at the end. */
async function path({ maxPixels, threads }: Cut, options: RestoreOptions): Promise<Float32Array[]> {
  const restorer = createRestorer(model, createRuntime({ threads }), { maxPixels });
  const steps: Float32Array[] = [];
  const { restored } = await restorer.restore(planes, { ...options, onStep: ({ x }) => steps.push(x.slice()) });
  await restorer.release();
  return [...steps, restored.data];
}

const SAMPLERS: readonly SamplerInput[] = [
  { kind: "ancestral" },
  { kind: "dpm-solver", stochastic: true },
  { kind: "predictor-corrector" },
];

test.each(SAMPLERS)(
  "$kind: every step is that of the whole picture, however it is cut and by how many threads",
  async (sampler) => {
    const options = { sampler, steps: 3, seed: 5 };
    const whole = await path(WHOLE, options);
    expect(worst(whole[0]!, whole.at(-2)!)).toBeGreaterThan(0.1); // there are steps, and they do something
    for (const cut of CUTS) {
      const parts = await path(cut, options);
      expect(parts).toHaveLength(whole.length);
      expect(worst(parts[0]!, whole[0]!)).toBe(0); // the start is noise alone: to the bit
      for (const [k, state] of parts.entries())
        expect(worst(state, whole[k]!), `${JSON.stringify(cut)}, step ${k}`).toBeLessThan(2e-4);
    }
  },
);

test("a sample is the same however many are drawn with it, and none is another", async () => {
  const restorer = createRestorer(model, createRuntime({ threads: 2 }));
  const draw = async (samples: number) => (await restorer.restore(planes, { samples, seed: 4 })).samples;
  const [two, three] = [await draw(2), await draw(3)];
  for (const k of [0, 1]) expect(worst(two[k]!.data, three[k]!.data)).toBe(0);
  for (const [i, j] of [
    [0, 1],
    [0, 2],
    [1, 2],
  ] as const)
    expect(worst(three[i]!.data, three[j]!.data)).toBeGreaterThan(0.01);
  await restorer.release();
});

test("a photo of 16 bits with alpha, a mask and its tone kept: the same to a few of 65535, alpha to the bit", async () => {
  const data = Uint16Array.from(rng.fork("deep").uniforms(4 * WIDTH * HEIGHT), (u) => 65535 * u);
  const photo: Photo = { raster: { width: WIDTH, height: HEIGHT, channels: 4, data }, format: "png", metadata: {} };
  const ramp: Raster = {
    ...{ width: WIDTH, height: HEIGHT, channels: 1 },
    data: Uint8Array.from({ length: WIDTH * HEIGHT }, (_, i) => Math.max(0, (i % WIDTH) - 45)),
  };
  const mask = maskFromRaster(ramp);
  const restored = async ({ maxPixels, threads }: Cut): Promise<Raster> => {
    const restorer = createRestorer(model, createRuntime({ threads }), { maxPixels });
    const [result] = await restorePhoto(restorer, photo, { mask, seed: 9 });
    await restorer.release();
    return result!.raster;
  };
  const whole = await restored(WHOLE);
  expect(worst(whole.data, data)).toBeGreaterThan(100);
  for (const cut of CUTS) {
    const parts = await restored(cut);
    expect(worst(parts.data, whole.data), JSON.stringify(cut)).toBeLessThanOrEqual(4);
    for (let i = 0; i < WIDTH * HEIGHT; i++) {
      expect(parts.data[4 * i + 3]).toBe(data[4 * i + 3]);
      if (i % WIDTH <= 45) expect(parts.data[4 * i]).toBe(data[4 * i]);
    }
  }
});
