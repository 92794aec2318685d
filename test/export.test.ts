/**
 * @file `unblur export`: its files, run by a process that does not load unblur, give what our restorer and published
 * code give.
 */
import { execFile } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { copyFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { COMMANDS } from "../apps/cli/catalog.js";
import { runProgram } from "../apps/cli/program.js";
import { loadRestorer } from "../platform/node/models/load-restorer.js";
import { readImage, writeImage } from "../platform/node/photos/image-file.js";
import { ort } from "../platform/node/threads/onnxruntime.js";
import { Rng } from "../src/base/random.js";
import { type ExportedForm, exportNetwork, type FilePicture } from "../src/exchange/onnx/export-network.js";
import { encodeModel } from "../src/graph/onnx.js";
import { planesFromRaster } from "../src/images/pixels.js";
import { createNetwork, networkConfigSchema } from "../src/networks/catalog.js";
import { inSignedRange } from "../src/networks/pixel-range.js";
import type { RestorationStep } from "../src/restoration/restorer.js";
import { goldenNetwork, tolerances } from "./golden/network-case.js";
import { writePredictor } from "./identity-model.js";
import { type Floats, type OnnxJob, runElsewhere } from "./onnx-child.js";
import { aliveWeights } from "./oracle/alive-weights.js";

const GOLDEN = join(import.meta.dirname, "../../shared/golden");
const ROOT = join(import.meta.dirname, "..");
const [PREDICTOR, DENOISER] = ["fast-predictor.onnx", "fast-denoiser.onnx"];
const rng = Rng.fromSeed(23);

let folder: string;
const at = (...parts: string[]) => join(folder, ...parts);
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "unblur-export-"));
});
afterEach(() => rm(folder, { recursive: true }));

/** The package's model, exported once. */
let exported: { readonly folder: string; readonly lines: readonly string[] };
beforeAll(async () => {
  const made = await mkdtemp(join(tmpdir(), "unblur-exported-"));
  const { out } = await unblur("export", "fast", "--format", "onnx", "--out", join(made, "fast.onnx"), "--json");
  exported = { folder: made, lines: out.trim().split("\n") };
}, 60_000);
afterAll(() => rm(exported.folder, { recursive: true }));

async function unblur(...argv: string[]) {
  const written = { out: "", err: "" };
  const code = await runProgram({ name: "unblur", version: "0", summary: "", commands: COMMANDS }, argv, {
    stdout: { write: (text) => (written.out += text) },
    stderr: { write: (text) => (written.err += text) },
    signal: new AbortController().signal,
  });
  return { code, ...written };
}

/** A photo of noise, [0, 1]. */
const photo = (height: number, width: number): Floats => ({
  shape: [1, 3, height, width],
  data: rng.fork(height, width).uniforms(3 * height * width),
});
const signed = (data: Float32Array) => data.map((value) => 2 * value - 1);
const planes = ({ shape, data }: Floats) => ({ channels: 3, height: shape[2]!, width: shape[3]!, data: signed(data) });
const largestDifference = (a: Float32Array, b: Float32Array): number => {
  expect(a.length).toBe(b.length);
  return a.reduce((worst, value, i) => Math.max(worst, Math.abs(value - b[i]!)), 0);
};
const limit = (value: number, low: number, high: number) => Math.min(Math.max(value, low), high);

/** Odd, of no multiple, smaller than a window of means and larger, and a single pixel. */
const SIZES = [photo(33, 46), photo(20, 61), photo(1, 1)];

describe("against our restorer", () => {
  test.each([
    { architecture: "mimo-unet", settings: { width: 8, blocks: 1 }, changed: {}, argv: [] },
    {
      architecture: "nafnet",
      settings: { width: 8, encoderBlocks: [1, 1], decoderBlocks: [1, 1] },
      changed: {},
      argv: [],
    },
    {
      architecture: "nafnet",
      settings: { width: 8, encoderBlocks: [1, 1], decoderBlocks: [1, 1] },
      changed: { pooling: { kind: "local", trainPx: 24 } },
      argv: ["--pooling", "local", "--train-px", "24"],
    },
  ])("$architecture $argv: a file that takes and gives photos", async ({ architecture, settings, changed, argv }) => {
    const network = networkConfigSchema.parse({ architecture, ...settings });
    const { parameters } = createNetwork(network);
    const weights = aliveWeights(parameters, { initial: rng, instead: rng, scale: 0.1 });
    await writePredictor(at("model"), { name: "mine", network, weights });
    const changedNetwork = networkConfigSchema.parse({ ...network, ...changed });
    await writePredictor(at("changed"), { name: "changed", network: changedNetwork, weights });
    const { code, out, err } = await unblur("export", at("model"), "--out", at("mine.onnx"), ...argv);
    expect({ code, out }).toEqual({ code: 0, out: `${at("mine.onnx")}\n` });
    expect(err).toMatch(
      /blurry -> restored; largest difference from unblur's own engine: \S+ at 45 x 71, \S+ at 21 x 421/,
    );

    const results = await runElsewhere(
      folder,
      SIZES.map((blurry) => ({ file: "mine.onnx", feeds: { blurry } })),
    );
    const session = await ort.InferenceSession.create(at("mine.onnx"));
    const open = { isTensor: true, type: "float32", shape: ["batch", 3, "height", "width"] };
    expect(session.inputMetadata).toEqual([{ name: "blurry", ...open }]);
    expect(session.outputMetadata).toEqual([{ name: "restored", ...open }]);
    await session.release();

    const restorer = await loadRestorer(at("changed"), { threads: 1 });
    for (const [i, blurry] of SIZES.entries()) {
      const { restored } = await restorer.restore(planes(blurry));
      expect(results[i]!.shape).toEqual(blurry.shape);
      // What is clipped shows nothing.
      expect(restored.data.filter((value) => Math.abs(value) < 1).length).toBeGreaterThan(restored.data.length / 4);
      expect(largestDifference(signed(results[i]!.data), restored.data)).toBeLessThan(1e-5);
    }
    await restorer.release();
  });

  test("a predictor and a denoiser: one step of a sampler, from the files alone", async () => {
    expect(exported.lines.map((line) => JSON.parse(line))).toMatchObject([
      { path: join(exported.folder, PREDICTOR), inputs: ["blurry", "deconvolved"], output: "prediction" },
      { path: join(exported.folder, DENOISER), inputs: ["blurry", "prediction", "x_t", "level"], output: "output" },
    ]);
    expect(readFileSync(join(exported.folder, DENOISER)).toString("latin1")).toContain("unblur.alpha_bars");

    const [blurry] = SIZES as [Floats];
    const steps: RestorationStep[] = [];
    const restorer = await loadRestorer("fast", { threads: 1 });
    await restorer.restore(planes(blurry), {
      ...{ steps: 2, sampler: { kind: "ddim" } },
      onStep: (step) => steps.push({ ...step, x: step.x.slice(), denoised: step.denoised.slice() }),
    });
    await restorer.release();

    // Too small a photo to tell of its blur: the restorer, too, takes it for its own deconvolution.
    const photos = { blurry, deconvolved: blurry };
    const [prediction] = await runElsewhere(exported.folder, [{ file: PREDICTOR, feeds: photos }]);
    const { x, level, denoised, diffused } = steps[0]!;
    const scale = diffused.scale as number;
    const feeds = {
      ...{ blurry, prediction: prediction! },
      x_t: { shape: blurry.shape, data: x },
      level: { shape: [1, 1], data: Float32Array.of(level.signal) },
    };
    const [output] = await runElsewhere(exported.folder, [{ file: DENOISER, feeds }]);
    const { prediction: predicts } = JSON.parse(readFileSync(join(ROOT, "models/fast/model.json"), "utf8")).model
      .diffusion;
    const estimate = {
      eps: (xt: number, eps: number) => (xt - level.noise * eps) / level.signal,
      v: (xt: number, v: number) => level.signal * xt - level.noise * v,
      x0: (_: number, x0: number) => x0,
    }[predicts as "eps" | "v" | "x0"];
    const own = x.map((xt, i) => {
      const base = 2 * prediction!.data[i]! - 1;
      return limit(estimate(xt, output!.data[i]!), (-1 - base) / scale, (1 - base) / scale);
    });
    expect(largestDifference(own, denoised)).toBeLessThan(1e-4);
  });
});

test("against the outputs of published code, in batches", async () => {
  const names = readdirSync(join(GOLDEN, "networks")).flatMap((file) => /^(.*)\.safetensors$/.exec(file)?.[1] ?? []);
  const cases = await Promise.all(names.map((name) => goldenNetwork(GOLDEN, name)));
  const scaled = ({ shape, data }: Floats, white: number): Floats => ({
    shape,
    data: data.map((value) => value / white),
  });
  const jobs: OnnxJob[] = [];
  for (const [i, { network, weights, images, level, white }] of cases.entries()) {
    const range = level ? "signed" : "unit";
    const picture = (name: string, shape: readonly number[]): FilePicture => ({ name, channels: shape[1]!, range });
    const form: ExportedForm = {
      pictures: images.map(({ shape }, k) => picture(`image${k}`, shape)),
      takesLevel: level !== null,
      result: picture("result", cases[i]!.output.shape),
      clip: false,
    };
    const file = exportNetwork(level ? network : inSignedRange(network, white), weights, form);
    await writeFile(at(`${names[i]}.onnx`), encodeModel(file));
    const feeds = Object.fromEntries(images.map((image, k) => [`image${k}`, scaled(image, white)]));
    jobs.push({ file: `${names[i]}.onnx`, feeds: level ? { ...feeds, level } : feeds });
  }
  const results = await runElsewhere(folder, jobs);
  const errors = cases.map(({ output, white }, i) => {
    expect(results[i]!.shape).toEqual(output.shape);
    const largest = output.data.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    return (
      largestDifference(
        results[i]!.data.map((value) => value * white),
        output.data,
      ) / largest
    );
  });
  const beyond = names.filter((name, i) => !(errors[i]! <= tolerances(GOLDEN, name).forward));
  expect(beyond.map((name) => `${name}: ${errors[names.indexOf(name)]}`)).toEqual([]);
});

test("the example in JavaScript runs as it stands in docs/export.md", async () => {
  const [, example] = /```js\n(.*?)```/s.exec(readFileSync(join(ROOT, "docs/export.md"), "utf8"))!;
  await copyFile(join(exported.folder, PREDICTOR), at(PREDICTOR));
  const pixels = new Uint8Array(3 * 29 * 35).map((_, i) => (i * 7) % 256);
  const raster = { width: 35, height: 29, channels: 3, data: pixels } as const;
  await writeImage(at("street.png"), { raster, format: "png", metadata: {} });
  // As a program of its own that finds the packages of this project.
  const program = `process.chdir(${JSON.stringify(folder)});\n${example}`;
  await promisify(execFile)(process.execPath, ["--input-type=module", "-e", program], { cwd: ROOT });
  const restorer = await loadRestorer("fast", { threads: 1 });
  const { restored } = await restorer.restore(planesFromRaster(raster), { steps: 0 });
  await restorer.release();
  const written = planesFromRaster((await readImage(at("street.sharp.png"))).raster);
  expect(largestDifference(written.data, restored.data)).toBeLessThan(2 / 255); // a level of rounding
});

test("refuses to replace a file, and leaves nothing of a model it does not find", async () => {
  await writeFile(at(DENOISER), "mine");
  const { code, err } = await unblur("export", "fast", "--out", at("fast.onnx"));
  expect({ code, err }).toMatchObject({ code: 1, err: expect.stringContaining("already exists") });
  expect(readFileSync(at(DENOISER), "utf8")).toBe("mine");
  expect(existsSync(at(PREDICTOR))).toBe(false);
  expect(await unblur("export", at("none"), "--out", at("none.onnx"))).toMatchObject({ code: 2, out: "" });
  expect(readdirSync(folder)).toEqual([DENOISER]);
});

test("says why a model that is computed in tiles cannot be one file", async () => {
  const { code, err } = await unblur("export", "default", "--out", at("default.onnx"));
  expect({ code, err }).toEqual({
    code: 2,
    err: expect.stringContaining('the motion of "default" (maxim) is computed in blended tiles of 256 px'),
  });
});
