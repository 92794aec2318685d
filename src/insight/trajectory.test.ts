import { expect, test } from "vitest";
import { fallingPower, gaussianDeblurring, shakeKernel } from "../../test/oracle/gaussian-deblurring.js";
import { oracleRuntime } from "../../test/oracle/oracle-runtime.js";
import { Rng } from "../base/random.js";
import { createProcess } from "../diffusion/process.js";
import { preview, previewFactor } from "../images/preview.js";
import { createNetwork } from "../networks/catalog.js";
import { initialWeights } from "../nn/parameters.js";
import { modelConfigSchema } from "../restoration/model-config.js";
import { createRestorer } from "../restoration/restorer.js";
import { snrCurve, snrDb } from "./snr.js";
import { Thinned, TrajectoryRecorder } from "./trajectory.js";

const schedule = { kind: "linear", T: 2000, start: 1e-4, end: 0.05 } as const;

test("the curve of the paper's schedule: below -8 dB until the last 400 of 2000 steps", () => {
  const curve = snrCurve(createProcess(schedule), 2000);
  expect(curve).toHaveLength(2000);
  // The sum of logarithms, apart from the code's running product.
  const logAlphaBar = (t: number) => {
    let sum = 0;
    for (let i = 0; i <= t; i++) sum += Math.log1p(-(1e-4 + ((0.05 - 1e-4) * i) / 1999));
    return sum;
  };
  for (const t of [0, 399, 400, 1999]) {
    const a = Math.exp(logAlphaBar(t));
    expect(curve[t]!.snrDb).toBeCloseTo(10 * Math.log10(a / (1 - a)), 6);
  }
  expect(curve[400]!.snrDb).toBeLessThan(-8);
  expect(curve[390]!.snrDb).toBeGreaterThan(-8);
  expect(snrDb({ signal: 1, noise: 1 })).toBe(0);
});

test("a list of bounded length keeps its ends and spreads over what is of interest", () => {
  const list = new Thinned<number>(5, (value) => value ** 3);
  for (let i = 0; i <= 100; i++) list.add(i);
  expect(list.items).toHaveLength(5);
  expect([list.items[0], list.items.at(-1)]).toEqual([0, 100]);
  expect(list.items.filter((value) => value > 50).length).toBeGreaterThanOrEqual(3); // where the cube grows most
  const short = new Thinned<number>(5, (value) => value);
  for (let i = 0; i < 4; i++) short.add(i);
  expect(short.items).toEqual([0, 1, 2, 3]);
});

test("previews are means of blocks", () => {
  const values = [0, 1, 0.5, 1, 0, 0.5];
  const small = preview({ width: 3, height: 2, channels: 1, valueAt: (i) => values[i]! }, 2);
  expect(previewFactor({ width: 3, height: 2 }, 2)).toBe(2);
  expect(small).toMatchObject({ width: 2, height: 1 });
  expect([...small.data]).toEqual([191, 191]); // 0.5 of [-1, 1]
});

test("a recorded restoration: every step's numbers, PSNR against a solved case, bounded pictures", async () => {
  const [width, height] = [32, 32];
  const problem = gaussianDeblurring({
    ...{ width, height, power: fallingPower(width, height, 0.1), noiseVariance: 1e-3, mean: 0 },
    kernel: shakeKernel(width, height, 5, 3),
  });
  const rng = Rng.fromSeed(8);
  const sharp = { width, height, channels: 3, data: problem.drawSharp(rng.fork("x0"), 3) };
  const photo = { ...sharp, data: problem.observe(sharp.data, rng.fork("y")) };
  const network = {
    architecture: "residual-unet",
    inChannels: 6,
    widths: [4],
    blocks: [1],
    middleBlocks: 0,
    levelChannels: 4,
  };
  const config = modelConfigSchema.parse({
    diffusion: { network, prediction: "x0", schedule, clip: false },
    sampling: { sampler: { kind: "ddim" }, spacing: { kind: "trailing" }, steps: 40 },
  });
  const weights = { diffusion: initialWeights(createNetwork(config.diffusion!.network).parameters, rng) };
  const restorer = createRestorer({ name: "wiener", config, weights }, oracleRuntime(problem.denoiser));
  const recorder = new TrajectoryRecorder({ photo, sharp, keep: 6, previewPx: 16 });
  await restorer.restore(photo, { onStep: recorder.observe, samples: 2 });
  const { steps, pictures, imageBands, base } = recorder.finish();

  expect(steps.map(({ index }) => index)).toEqual(Array.from({ length: 40 }, (_, i) => i));
  expect(base).toBeNull();
  expect(pictures).toHaveLength(6);
  expect([pictures[0]!.record.index, pictures.at(-1)!.record.index]).toEqual([0, 39]);
  expect(pictures[0]!.estimate).toMatchObject({ width: 16, height: 16, channels: 3 });

  // The first estimate, from noise alone, is the Wiener filter: its error is known on paper.
  const clipped = (data: Float32Array) => data.map((value) => Math.max(-1, Math.min(1, value)));
  const wiener = clipped(problem.posteriorMean(photo.data));
  const error = wiener.reduce((sum, value, i) => sum + (value - Math.max(-1, Math.min(1, sharp.data[i]!))) ** 2, 0);
  expect(steps[0]!.psnr).toBeCloseTo(10 * Math.log10(4 / (error / wiener.length)), 1);
  const toPhoto = wiener.reduce((sum, value, i) => sum + (value - photo.data[i]!) ** 2, 0);
  expect(steps[0]!.change).toBeCloseTo(127.5 * Math.sqrt(toPhoto / wiener.length), 2);
  // Without the sharp photo the last estimate takes its place; with it, the first estimate knows the photo.
  const alone = new TrajectoryRecorder({ photo, keep: 6, previewPx: 16 });
  await restorer.restore(photo, { onStep: alone.observe });
  const own = alone.finish().steps;
  expect(own).toHaveLength(40);
  for (const [band, value] of own.at(-1)!.coherences!.entries())
    if (imageBands[band]! > 0) expect(value).toBeCloseTo(1, 9);
  expect(own[0]!.coherences![3]!).toBeLessThan(own[39]!.coherences![3]!);
  expect(steps[0]!.coherences![1]!).toBeGreaterThan(0.5); // waves of 16 to 32 px, which the blur leaves

  // What diffuses starts as white noise and ends as the image.
  for (const power of steps[0]!.noisyBands.slice(2)) expect(Math.abs(power - 1)).toBeLessThan(0.45);
  steps
    .at(-1)!
    .noisyBands.slice(1, 3)
    .forEach((power, i) => {
      expect(power / imageBands[i + 1]!).toBeGreaterThan(0.5);
      expect(power / imageBands[i + 1]!).toBeLessThan(2);
    });
});
