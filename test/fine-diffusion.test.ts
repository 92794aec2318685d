/** @file Drawing only fine detail: what is drawn is the same, but its coarse part stays out of the restoration. */
import { expect, test } from "vitest";
import { createRuntime } from "../platform/node/threads/runtime.js";
import { Rng } from "../src/base/random.js";
import type { Planes } from "../src/images/image.js";
import { createNetwork } from "../src/networks/catalog.js";
import { modelConfigSchema } from "../src/restoration/model-config.js";
import { createRestorer } from "../src/restoration/restorer.js";
import { aliveWeights } from "./oracle/alive-weights.js";
import { expectClose } from "./oracle/close.js";

const rng = Rng.fromSeed(31);
const plain = { architecture: "residual-unet", widths: [4, 8], blocks: [1, 1], middleBlocks: 0 };
const configOf = (finePx: number | null) =>
  modelConfigSchema.parse({
    predictor: { network: { ...plain, inChannels: 3, addInput: true } },
    diffusion: {
      network: { ...plain, inChannels: 9, levelChannels: 4 },
      prediction: "v",
      schedule: { kind: "cosine", T: 100 },
      ...{ scale: 0.05, finePx, clip: false },
    },
    sampling: { sampler: { kind: "ddim" }, spacing: { kind: "log-snr" }, steps: 2 },
  });
const config = configOf(null);
const alive = (part: "predictor" | "diffusion") => {
  const { parameters } = createNetwork(config[part]!.network);
  return aliveWeights(parameters, { initial: rng.fork(part), instead: rng.fork(part), scale: 0.02 });
};
const weights = { predictor: alive("predictor"), diffusion: alive("diffusion") };
const photo: Planes = {
  ...{ width: 48, height: 40, channels: 3 },
  data: rng.uniforms(3 * 48 * 40).map((u) => 0.4 * u - 0.2),
};

/**
 * x minus its mean under a Gaussian that ends at three deviations, the nearest pixel beyond the edge: written out in
 * two dimensions.
 */
function fineOf(values: Float32Array, sigmaPx: number): number[] {
  const { width, height } = photo;
  const radius = Math.ceil(3 * sigmaPx);
  const within = (at: number, length: number) => Math.max(0, Math.min(length - 1, at));
  return Array.from(values, (value, i) => {
    const [x, y, from] = [i % width, Math.floor(i / width) % height, i - (i % (width * height))];
    let [sum, weights] = [0, 0];
    for (let dy = -radius; dy <= radius; dy++)
      for (let dx = -radius; dx <= radius; dx++) {
        const weight = Math.exp(-(dx * dx + dy * dy) / (2 * sigmaPx * sigmaPx));
        sum += weight * values[from + within(y + dy, height) * width + within(x + dx, width)]!;
        weights += weight;
      }
    return value - sum / weights;
  });
}

test("the prediction and the fine part of what is drawn", async () => {
  const runtime = createRuntime({ threads: 1 });
  const restored = async (finePx: number | null, steps: number) => {
    const restorer = createRestorer({ name: "fine", config: configOf(finePx), weights }, runtime);
    const { restored } = await restorer.restore(photo, { seed: 3, steps });
    await restorer.release();
    return restored.data;
  };
  const prediction = await restored(1.5, 0);
  const drawn = (await restored(null, 2)).map((value, i) => value - prediction[i]!);
  const fine = fineOf(drawn, 1.5);
  expectClose(
    await restored(1.5, 2),
    fine.map((value, i) => prediction[i]! + value),
    { rtol: 1e-5, atol: 1e-6 },
  );
  expect(Math.max(...fine.map((value, i) => Math.abs(value - drawn[i]!)))).toBeGreaterThan(1e-3);
});
