/** @file Training and measuring by the library: a stopped and resumed run equals an uninterrupted one; scores by their formula. */
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { evaluate, lpips, measure, psnr, registered, ssim } from "../../platform/node/evaluate.js";
import { exportModel, open } from "../../platform/node/index.js";
import {
  type PrepareOptions,
  prepare,
  type RunConfigInput,
  resume,
  type TrainOptions,
  train,
} from "../../platform/node/train.js";
import { parseSafetensors } from "../../src/exchange/safetensors.js";
import type { Raster } from "../../src/images/image.js";
import { commandLine } from "../command-line.js";
import { writeIdentityModel } from "../identity-model.js";
import { waveNetwork, writeWavePairs } from "../training/wave-pairs.js";

let folder: string;
const at = (...names: string[]) => join(folder, ...names);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "unblur-library-training-"));
  await writeWavePairs(at("data"), 3);
});
afterAll(() => rm(folder, { recursive: true }));

const CONFIG: RunConfigInput = {
  name: "waves",
  model: { predictor: { network: waveNetwork } },
  objective: { kind: "predictor" },
  data: { sources: [{ layout: "pairs", path: "." }], patchPx: 16 },
  batchSize: 2,
  steps: 3,
  optimiser: { kind: "adam" },
  learningRate: { peak: 1e-3 },
};

test("a validation without pairs is refused before a run's folder exists", async () => {
  const config = { ...CONFIG, validation: { path: "none", everySteps: 2 } };
  await expect(train(config, { data: at("data"), out: at("refused") })).rejects.toThrow(/none/);
  expect(await readdir(folder)).not.toContain("refused");
});

test("a model that enlarges is measured on pairs whose sharp picture is larger", async () => {
  await writeIdentityModel(at("twice"), 8, 0, 2);
  await mkdir(at("larger", "blur"), { recursive: true });
  await mkdir(at("larger", "sharp"), { recursive: true });
  const wave = (side: number) =>
    Uint8Array.from({ length: 3 * side * side }, (_, i) => 128 + 60 * Math.sin((6 * Math.floor(i / 3)) / side ** 2));
  for (const [kind, side] of [
    ["blur", 20],
    ["sharp", 40],
  ] as const) // prettier-ignore
    await sharp(wave(side), { raw: { width: side, height: side, channels: 3 } }).toFile(at("larger", kind, "a.png"));
  await using model = await open(at("twice"));
  expect(model.scale).toBe(2);
  const { pictures } = await evaluate(model, at("larger"), { metrics: ["psnr"] });
  // The model enlarges bicubically and changes nothing, as the blurry photo is enlarged to be measured.
  expect(pictures.map(({ width, restored }) => [width, restored.psnr])).toEqual([[40, pictures[0]!.input.psnr]]);
});

test("options that are null or lack a folder are refused in a sentence", async () => {
  const none = null as never;
  for (const [call, message] of [
    [train(CONFIG, none), /^train: expected options as an object, or none, got null/],
    [train(CONFIG, {} as never), /^train: expected the option data, the path of a folder, got undefined/],
    [resume(at("data"), none), /^resume: expected options as an object/],
    [prepare(CONFIG, none), /^prepare: expected options as an object/],
    [prepare(CONFIG, { data: at("data") } as never), /^prepare: expected the option out, the path of a folder/],
    [evaluate(none, at("data"), none), /^evaluate: expected options as an object/],
  ] as const)
    await expect(call).rejects.toMatchObject({ code: "argument", message: expect.stringMatching(message) });
});

test("a run that is cancelled and resumed ends with the weights of one that was not", async () => {
  const options = { data: at("data"), threads: 1 };
  const whole = await train(CONFIG, { ...options, out: at("whole") });
  expect(whole).toMatchObject({ finished: true, step: 3 });
  const stop = new AbortController();
  const reason = new Error("enough");
  let run = "";
  const steps: number[] = [];
  const stopped = train(CONFIG, {
    ...{ ...options, out: at("stopped"), signal: stop.signal },
    onStart: (path) => {
      run = path;
    },
    onStep: ({ step }) => {
      steps.push(step);
      stop.abort(reason);
    },
  });
  await expect(stopped).rejects.toBe(reason);
  expect(await resume(run, { threads: 1, onStep: ({ step }) => steps.push(step) })).toEqual({
    run,
    finished: true,
    step: 3,
  });
  expect(steps).toEqual([1, 2, 3]);
  const last = async (path: string) => {
    const names = await readdir(join(path, "checkpoints"));
    await using model = await open(path, { threads: 1 });
    const { raster } = await model.restore(GREY, { restoreSharp: true, keepTone: false });
    return [names.filter((name) => name.endsWith("3.safetensors")), raster.data];
  };
  expect(await last(run)).toEqual(await last(whole.run));
});

test("a run of the command line has the same weights and moments to the bit, and records the same session", async () => {
  await writeFile(at("waves.json"), JSON.stringify(CONFIG));
  const words = ["--config", at("waves.json"), "--data", at("data"), "--out", at("command"), "--threads", "1"];
  const { code, out } = await commandLine("train", ...words);
  expect(code).toBe(0);
  const { run } = await train(CONFIG, { data: at("data"), out: at("library"), threads: 1 });
  const [ofCommand, ofLibrary] = await Promise.all(
    [out.trim(), run].map(async (path) => {
      const [last] = (await readdir(join(path, "checkpoints"))).filter((name) => name.endsWith("3.safetensors"));
      const { command, at: _, ...session } = JSON.parse(await readFile(join(path, "sessions.jsonl"), "utf8"));
      const file = join(path, "checkpoints", last!);
      return { state: parseSafetensors(await readFile(file), file).tensors, session, command };
    }),
  );
  expect(ofCommand!.state.size).toBeGreaterThan(10);
  expect(ofCommand!.state).toEqual(ofLibrary!.state);
  expect(ofCommand!.session).toEqual(ofLibrary!.session);
  expect([ofCommand!.command, ofLibrary!.command]).toEqual([
    expect.stringMatching(/^unblur train /),
    "unblur-photo/train",
  ]);
});

describe("a callback that fails ends its call with its own error, and none is left unhandled:", () => {
  const reason = new Error("the callback's own");
  const thrown = () => {
    throw reason;
  };
  const unhandled: unknown[] = [];
  const note = (error: unknown) => unhandled.push(error);
  beforeAll(async () => {
    vi.stubEnv("UNBLUR_CACHE", at("cache"));
    process.on("unhandledRejection", note);
    await writeWavePairs(at("wide"), 2, [80, 80]);
    for (const [from, to] of [
      ["data", "damaged"],
      ["data", "unpaired"],
      ["wide", "wide-damaged"],
      ["wide", "wide-unpaired"],
    ] as const) {
      await cp(at(from), at(to), { recursive: true });
      if (to.endsWith("damaged")) await writeFile(at(to, "blur", "0.png"), "no picture");
      else await rm(at(to, "blur", "0.png"));
    }
  });
  afterAll(async () => {
    vi.unstubAllEnvs();
    await new Promise((resolve) => setTimeout(resolve, 10));
    process.off("unhandledRejection", note);
    expect(unhandled).toEqual([]);
  });

  /** Far more steps than are taken until the damaged file is drawn. */
  const LONG = 2000;
  const trains = async (data: string, options: Partial<TrainOptions>) => {
    let steps = 0;
    const onStep = () => void steps++;
    const out = at(`runs-${data}`);
    const config = { ...CONFIG, steps: LONG };
    await expect(train(config, { data: at(data), out, threads: 1, onStep, ...options })).rejects.toBe(reason);
    expect(steps).toBeLessThan(LONG);
    return out;
  };
  const prepares = (data: string, options: Partial<PrepareOptions>) => {
    const [network, inputs] = [{ ...waveNetwork, inChannels: 6 }, ["photo", "deconvolution"] as const];
    const config: RunConfigInput = {
      ...{ ...CONFIG, model: { predictor: { network, inputs: [...inputs] } } },
      data: { sources: [{ layout: "pairs", path: "." }], patchPx: 32, deconvolved: { scenes: 3, sidePx: 64 } },
    };
    const call = prepare(config, { data: at(data), out: at(`scenes-${data}`), threads: 1, ...options });
    return expect(call).rejects.toBe(reason);
  };

  test.each([
    ["rejects", async () => thrown()],
    ["throws", thrown],
  ] as const)("%s", async (_, fails) => {
    await trains("data", { onStart: fails });
    await trains("data", { onStep: fails });
    await trains("damaged", { onProblem: fails });
    expect(await readdir(folder)).not.toContain(await trains("unpaired", { onProblem: fails }).then(basename));
    await prepares("wide", { onScene: fails });
    await prepares("wide-damaged", { onProblem: fails });
    await prepares("wide-unpaired", { onProblem: fails });
    await writeIdentityModel(at("identity"));
    await using model = await open(at("identity"), { threads: 1 });
    const pairs = [{ name: "a", blurry: flat(100), sharp: flat(110) }];
    await expect(evaluate(model, pairs, { metrics: ["psnr"], onPicture: fails })).rejects.toBe(reason);
    const exported = exportModel(at("identity"), { out: at("identity.onnx"), threads: 1, onProgress: fails });
    await expect(exported.next()).rejects.toBe(reason);
  });
});

const flat = (level: number, side = 40): Raster => ({
  ...{ width: side, height: side, channels: 3 },
  data: new Uint8Array(3 * side * side).fill(level),
});
const GREY = flat(90);

test("scores are those of their formulas", async () => {
  expect(await psnr(flat(100), flat(110))).toBeCloseTo(20 * Math.log10(255 / 10), 9);
  // Flat pictures have no variance: the luminance term alone is left, with C1 = (0.01 * 255)^2.
  const c1 = 2.55 ** 2;
  expect(await ssim(flat(100), flat(110))).toBeCloseTo((2 * 100 * 110 + c1) / (100 ** 2 + 110 ** 2 + c1), 6);
  expect(await measure(flat(7), flat(7), ["psnr"])).toEqual({ psnr: Number.POSITIVE_INFINITY });
  expect((await registered(flat(100, 80), flat(110, 80))).psnr).toBeCloseTo(20 * Math.log10(255 / 10), 6);
  await expect(lpips(flat(1), { ...flat(1, 41) })).rejects.toMatchObject({ code: "shape" });
});

test("a model that changes nothing scores as the blurry photo, on pictures that are given", async () => {
  await writeIdentityModel(at("identity"));
  await using model = await open(at("identity"), { threads: 1 });
  const pairs = [
    { name: "a", blurry: flat(100), sharp: flat(110) },
    { name: "b", blurry: flat(100), sharp: flat(105) },
  ];
  const { pictures, means, gains } = await evaluate(model, pairs, { metrics: ["psnr"] });
  expect(pictures.map(({ name }) => name)).toEqual(["a", "b"]);
  expect(means.psnr!.mean).toBeCloseTo((20 * Math.log10(25.5) + 20 * Math.log10(51)) / 2, 9);
  expect(gains.psnr).toMatchObject({ mean: 0, pictures: 2 });
  const reason = new Error("no more");
  const signal = AbortSignal.abort(reason);
  await expect(evaluate(model, pairs, { signal })).rejects.toBe(reason);
  await expect(train(CONFIG, { data: at("data"), signal })).rejects.toBe(reason);
  await expect(prepare(CONFIG, { data: at("data"), out: at("scenes") })).rejects.toMatchObject({ code: "config" });
});
