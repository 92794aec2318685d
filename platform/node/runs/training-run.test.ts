import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Planes } from "../../../src/images/image.js";
import { createRestorer } from "../../../src/restoration/restorer.js";
import { parseRunConfig, type RunConfig } from "../../../src/training/run-config.js";
import { wavePair, writeWavePairs } from "../../../test/training/wave-pairs.js";
import { openBatches } from "../data/batches.js";
import { loadPlan } from "../data/load-plan.js";
import { prepareScenes } from "../data/prepare-scenes.js";
import { loadRunModel } from "../models/load-model.js";
import { readImage } from "../photos/image-file.js";
import { createRuntime } from "../threads/runtime.js";
import { openEvaluation } from "./evaluate-model.js";
import type { RunFolder } from "./run-folder.js";
import { createRun, type RunTraining, sceneMotion, trainRun } from "./training-run.js";

let folder: string;
const runtime = createRuntime({ threads: 2 });

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "unblur-training-"));
  await writeWavePairs(join(folder, "data"), 6);
  await writeWavePairs(join(folder, "large"), 2, [72, 64]);
});
afterAll(() => rm(folder, { recursive: true }));

const network = { architecture: "residual-unet", unshuffle: 1, widths: [12], blocks: [1], middleBlocks: 0 };
const common = {
  data: { sources: [{ layout: "pairs", path: "." }], patchPx: 16 },
  batchSize: 4,
  optimiser: { kind: "adamw", weightDecay: 0 },
  learningRate: { kind: "cosine", peak: 3e-3, warmUpSteps: 5 },
  maxGradNorm: 1,
  ema: { halfLifeImages: 100 },
  steps: 300,
};
const predictor = { network: { ...network, inChannels: 3, addInput: true } };

const predictorConfig = () =>
  parseRunConfig(
    { ...common, name: "predictor", model: { predictor }, objective: { kind: "predictor" }, samplesEvery: 200 },
    "test",
  );
const residualConfig = (predictorFrom: string | null) =>
  parseRunConfig(
    {
      ...common,
      name: "residual",
      predictorFrom,
      model: {
        predictor,
        diffusion: {
          network: { ...network, inChannels: 9, levelChannels: 8 },
          prediction: "v",
          schedule: { kind: "cosine", T: 100 },
          scale: 0.2,
        },
        sampling: { sampler: { kind: "ddim" }, spacing: { kind: "log-snr" }, steps: 3 },
      },
      objective: { kind: "diffusion", loss: "l2", levels: { kind: "log-snr" } },
      samplesEvery: 300,
    },
    "test",
  );

async function trainAll(run: RunFolder, config: RunConfig, changes: Partial<RunTraining> = {}) {
  const { plan } = await loadPlan(config.data, join(folder, "data"), config.batchSize);
  const source = { plan, root: join(folder, "data"), seed: config.seed, motion: await sceneMotion(run, config) };
  const cacheFolder = join(folder, "cache");
  const out = join(folder, "scenes", config.name);
  const prepared = config.data.deconvolved
    ? await prepareScenes({ ...source, out, threads: 0, cacheFolder })
    : undefined;
  await using batches = openBatches({ plan: { ...plan, prepared }, seed: config.seed, workers: 1, cacheFolder });
  const losses: number[] = [];
  await using lock = await run.lock();
  const options: RunTraining = {
    lock,
    config,
    runtime,
    batches,
    resume: false,
    data: join(folder, "data"),
    session: { command: "test" },
    ...changes,
  };
  for await (const event of trainRun(options)) if (event.type === "step") losses.push(event.loss);
  return losses;
}

const distance = (a: Planes, b: Planes) =>
  a.data.reduce((sum, value, i) => sum + Math.abs(value - b.data[i]!), 0) / a.data.length;

/** Mean distance to the sharp pictures, of the blurry pictures and of the run's restorations. */
async function improvement(path: string) {
  const restorer = createRestorer(await loadRunModel(path), runtime);
  let [before, after] = [0, 0];
  for (let i = 0; i < 6; i++) {
    const { blurry, sharp } = wavePair(i);
    before += distance(blurry, sharp) / 6;
    after += distance((await restorer.restore(blurry, { seed: i })).restored, sharp) / 6;
  }
  await restorer.release();
  return { before, after };
}

test("validation measures other pairs as an evaluation of the run does, and does not change the training", async () => {
  const settings = { ...predictorConfig(), steps: 6, samplesEvery: null };
  const plain = await createRun(join(folder, "validated"), { ...settings, name: "plain" });
  const losses = await trainAll(plain, { ...settings, name: "plain" });
  const validation = { path: "../large", everySteps: 3, pictures: 1, cropPx: 32 };
  const config = { ...settings, name: "validated", validation };
  const run = await createRun(join(folder, "validated"), config);
  expect(await trainAll(run, config)).toEqual(losses);
  const rows = (await readFile(join(run.path, "metrics.jsonl"), "utf8"))
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  const logged = rows.map((row) => row["validation psnr-registered"]);
  expect(logged.map((value) => typeof value)).toEqual([3, 6].flatMap(() => ["undefined", "undefined", "number"]));

  const crops = { sidePx: 32, perImage: 1, seed: 1 };
  await using evaluation = await openEvaluation({
    ...{
      model: run.path,
      data: join(folder, "large"),
      crops,
      seed: 1,
      metrics: ["psnr-registered", "ssim-registered"],
    },
  });
  const all = [];
  for await (const { scores } of evaluation.pictures()) all.push(scores.restored);
  // Of two pairs, the middle one is the second.
  expect(logged[5]).toBeCloseTo(all[1]!["psnr-registered"]!, 6);
  expect(rows[5]["validation ssim-registered"]).toBeCloseTo(all[1]!["ssim-registered"]!, 8);
});

describe("a predictor, then the diffusion of its residual, each from files to a model", () => {
  let predictorRun: RunFolder;

  test("the predictor's run holds everything, and its model restores better than nothing", async () => {
    predictorRun = await createRun(join(folder, "runs"), predictorConfig());
    expect(predictorRun.path).toBe(join(folder, "runs", "00001-predictor"));
    await trainAll(predictorRun, predictorConfig());
    expect((await readdir(predictorRun.path)).sort()).toEqual([
      "checkpoints",
      "config.json",
      "metrics.jsonl",
      "samples",
      "sessions.jsonl",
    ]);
    expect(parseRunConfig(await predictorRun.readConfig(), "resolved")).toEqual(predictorConfig());
    const session = JSON.parse(await readFile(join(predictorRun.path, "sessions.jsonl"), "utf8"));
    expect(session).toMatchObject({
      command: "test",
      device: "cpu, 2 threads",
      versions: { node: process.versions.node },
    });
    expect(await readdir(join(predictorRun.path, "samples"))).toEqual(["step-00000200.png"]);
    const { raster } = await readImage(join(predictorRun.path, "samples", "step-00000200.png"));
    expect([raster.width, raster.height]).toEqual([3 * 16, 4 * 16]);
    const { before, after } = await improvement(predictorRun.path);
    expect(after).toBeLessThan(0.9 * before);
  });

  test("the diffusion takes a copy of the predictor, trains and restores", async () => {
    const config = residualConfig(predictorRun.path);
    const run = await createRun(join(folder, "runs"), config);
    expect(run.path).toBe(join(folder, "runs", "00002-residual"));
    await trainAll(run, config);
    const model = await loadRunModel(run.path);
    const own = (await loadRunModel(predictorRun.path)).weights.predictor!;
    expect(model.weights.predictor).toEqual(own);
    const { before, after } = await improvement(run.path);
    expect(after).toBeLessThan(before);
  });

  test("the uncertainty of the predictor, then a diffusion scaled by it: each run contains the networks that it builds on", async () => {
    const { model } = residualConfig(null);
    const own = { network: { ...network, inChannels: 6, outChannels: 1 } };
    const ofUncertainty = parseRunConfig(
      {
        ...{ ...common, name: "uncertainty", predictorFrom: predictorRun.path, samplesEvery: 50, steps: 50 },
        ...{ model: { predictor, uncertainty: own }, objective: { kind: "uncertainty" } },
      },
      "test",
    );
    const uncertaintyRun = await createRun(join(folder, "runs"), ofUncertainty);
    const losses = await trainAll(uncertaintyRun, ofUncertainty);
    const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
    expect(mean(losses.slice(-10))).toBeLessThan(mean(losses.slice(0, 10)));
    // Alone it restores as its predictor does.
    const known = await loadRunModel(uncertaintyRun.path);
    expect(Object.keys(known.weights).sort()).toEqual(["predictor", "uncertainty"]);
    expect(await improvement(uncertaintyRun.path)).toEqual(await improvement(predictorRun.path));

    const scaled = {
      ...residualConfig(uncertaintyRun.path),
      ...{ name: "scaled", steps: 60, samplesEvery: null, uncertaintyFrom: uncertaintyRun.path },
      model: { ...model, uncertainty: own, diffusion: { ...model.diffusion!, scale: "uncertainty" } },
    };
    const config = parseRunConfig(scaled, "test");
    const run = await createRun(join(folder, "runs"), config);
    await trainAll(run, config);
    const whole = await loadRunModel(run.path);
    expect([whole.weights.predictor, whole.weights.uncertainty]).toEqual([
      known.weights.predictor,
      known.weights.uncertainty,
    ]);
    const { before, after } = await improvement(run.path);
    expect(after).toBeLessThan(before);

    const { uncertaintyFrom: _, ...without } = scaled;
    await expect(createRun(join(folder, "runs"), parseRunConfig(without, "test"))).rejects.toThrow(
      /training the diffusion of this model needs a trained uncertainty: .* under uncertaintyFrom/,
    );
    const wrong = parseRunConfig({ ...scaled, uncertaintyFrom: predictorRun.path }, "test");
    await expect(createRun(join(folder, "runs"), wrong)).rejects.toThrow(/^uncertaintyFrom: .* holds no uncertainty/);
  });

  test("a run can be stopped and resumed with the worker's batches, bit for bit", async () => {
    const config = predictorConfig();
    const run = await createRun(join(folder, "runs"), config);
    const first = await trainAll(run, config, { maxSteps: 125 });
    const second = await trainAll(run, config, { resume: true });
    expect([first.length, second.length]).toEqual([125, 175]);
    expect((await loadRunModel(run.path)).weights).toEqual((await loadRunModel(predictorRun.path)).weights);
  });

  test("a run can start with the weights of another, and keeps a copy of them", async () => {
    const config = { ...predictorConfig(), name: "tuned", startFrom: predictorRun.path };
    const run = await createRun(join(folder, "runs"), config);
    await trainAll(run, config, { maxSteps: 0 });
    const own = (await loadRunModel(predictorRun.path)).weights;
    expect((await loadRunModel(run.path)).weights).toEqual(own);
    const losses = await trainAll(run, config, { resume: true, maxSteps: 5 });
    const drawn = await trainAll(await createRun(join(folder, "runs"), predictorConfig()), predictorConfig(), {
      maxSteps: 5,
    });
    expect(Math.max(...losses)).toBeLessThan(Math.max(...drawn));
    const other = residualConfig(predictorRun.path);
    await expect(createRun(join(folder, "runs"), { ...other, startFrom: predictorRun.path })).rejects.toThrow(
      /holds no diffusion/,
    );
    for (const option of ["startFrom", "predictorFrom"])
      await expect(createRun(join(folder, "runs"), { ...other, [option]: "models/nowhere" })).rejects.toMatchObject({
        code: "config",
        message: expect.stringMatching(
          new RegExp(`^${option}: .*"models/nowhere": expected one of deconvolution, default`),
        ),
      });
  });

  test("a predictor behind a motion network copies it, and trains and restores with its results", async () => {
    const seeing = {
      ...predictor,
      network: { ...predictor.network, inChannels: 6 },
      inputs: ["photo", "deconvolution"],
    };
    const motion = {
      ...{ architecture: "motion-bank", widths: [4, 4, 4, 4], blocks: [0, 0, 0, 0], lastBlocks: 0 },
      scales: [{ shrink: 2, motions: [{ lengthPx: 3, directions: 2 }], taps: 5 }],
    };
    const data = {
      ...common.data,
      sources: [{ layout: "pairs", path: "../large" }],
      deconvolved: { scenes: 2, sidePx: 64, plain: 0 },
    };
    const base = { ...common, data, objective: { kind: "predictor" } };
    const ofMotion = parseRunConfig(
      { ...base, name: "motion", model: { predictor: { ...seeing, network: motion } } },
      "test",
    );
    const motionRun = await createRun(join(folder, "runs"), ofMotion);
    await trainAll(motionRun, ofMotion, { maxSteps: 2 });
    const config = parseRunConfig(
      {
        ...base,
        name: "behind",
        motionFrom: motionRun.path,
        model: { motion: { network: motion }, predictor: { ...seeing, inputs: ["photo", "motion"] } },
      },
      "test",
    );
    const run = await createRun(join(folder, "runs"), config);
    await trainAll(run, config, { maxSteps: 2 });
    const model = await loadRunModel(run.path);
    const trained = (await loadRunModel(motionRun.path)).weights.predictor!;
    expect(model.weights.motion).toEqual(trained);
    const seen = await sceneMotion(run, config);
    expect(seen!.weights).toEqual(trained);
    expect(await sceneMotion(motionRun, ofMotion)).toBeUndefined();
    // A later run may name this one, because it contains the network as well.
    const later = await createRun(join(folder, "runs"), { ...config, name: "later", motionFrom: run.path });
    expect((await sceneMotion(later, config))!.weights).toEqual(trained);
    expect(() => parseRunConfig({ ...config, motionFrom: null }, "test")).toThrow(/motionFrom/);

    // A run with deconvolution and residual as further inputs starts from it: known weights for two pictures, zeros for
    // the others.
    const all = parseRunConfig(
      {
        ...config,
        ...{ name: "residual", motionFrom: run.path, startFrom: run.path },
        data: { ...data, deconvolved: { ...data.deconvolved, scenes: 1, deconvolver: "hypotheses" } },
        model: {
          motion: { network: motion },
          predictor: {
            ...{ inputs: ["photo", "motion", "deconvolution", "residual"], deconvolver: "hypotheses" },
            network: { ...seeing.network, inChannels: 12 },
          },
        },
      },
      "test",
    );
    const wide = await createRun(join(folder, "runs"), all);
    expect(await sceneMotion(wide, all)).toMatchObject({ withDeconvolution: true, residual: true });
    await trainAll(wide, all, { maxSteps: 0 });
    const [before, after] = [model, await loadRunModel(wide.path)].map(({ weights }) => weights.predictor!);
    for (let row = 0; row < 12; row++) {
      const head = after!.get("head.weight")!.subarray(row * 108, (row + 1) * 108);
      expect(head.slice(0, 54)).toEqual(before!.get("head.weight")!.slice(row * 54, (row + 1) * 54));
      expect(head.slice(54)).toEqual(new Float32Array(54));
    }
    expect(await trainAll(wide, all, { resume: true, maxSteps: 1 })).toHaveLength(1);
  }, 300_000);

  test("weights of another network are refused by name, and no folder remains", async () => {
    const before = await readdir(join(folder, "runs"));
    const residual = residualConfig(predictorRun.path);
    const wider = { ...residual.model.predictor!, network: { ...residual.model.predictor!.network, inChannels: 6 } };
    const builtOn = { ...residual, model: { ...residual.model, predictor: wider } } as RunConfig;
    await expect(createRun(join(folder, "runs"), builtOn)).rejects.toThrow(
      /^predictorFrom ".*predictor": expected "head.weight" \[12,6,3,3\], got 324 values/,
    );
    const other = { ...network, widths: [16], inChannels: 3, addInput: true };
    const start = { ...common, name: "start", objective: { kind: "predictor" }, startFrom: predictorRun.path };
    const config = parseRunConfig({ ...start, model: { predictor: { network: other } } }, "test");
    await expect(createRun(join(folder, "runs"), config)).rejects.toThrow(/^startFrom ".*predictor": expected/);
    expect(await readdir(join(folder, "runs"))).toEqual(before);
  });

  test("without a trained predictor, the error states the remedy", async () => {
    await expect(createRun(join(folder, "runs"), residualConfig(null))).rejects.toMatchObject({
      code: "config",
      message: expect.stringContaining("predictorFrom"),
    });
  });
});

describe("the config", () => {
  test.each([
    ["an unknown field", { stepz: 3 }, /stepz/],
    ["a number outside its range", { steps: 0 }, /: steps: too small/],
    ["a name that is no folder's", { name: "a/b" }, /: name: /],
    ["a field of a part", { optimiser: { kind: "adam", beta1: 1.5 } }, /: optimiser.beta1: /],
  ])("names %s", (_, change, message) => {
    const config = { ...common, name: "a", model: { predictor }, objective: { kind: "predictor" }, ...change };
    expect(() => parseRunConfig(config, "my.json")).toThrow(message);
    expect(() => parseRunConfig(config, "my.json")).toThrow(/^my.json: .*$/);
  });
});
