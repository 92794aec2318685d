/** @file `unblur photo --kernel FILE`: files in, files out, and what is refused. */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { loadKernelNetwork } from "../platform/node/models/kernel-networks.js";
import { readRgb, writeImage } from "../platform/node/photos/image-file.js";
import { openKnownBlur } from "../platform/node/photos/known-blur.js";
import { createRuntime } from "../platform/node/threads/runtime.js";
import { Rng } from "../src/base/random.js";
import { compile } from "../src/graph/compile.js";
import { input } from "../src/graph/tensor.js";
import type { Raster } from "../src/images/image.js";
import { planesFromRaster } from "../src/images/pixels.js";
import { dwdn, dwdnSchema } from "../src/networks/known-kernel/dwdn.js";
import { bindWeights } from "../src/nn/parameters.js";
import { floatResult, floats } from "../src/runtime/session.js";
import { commandLine as unblur } from "./command-line.js";
import { saveBelow } from "./labelled-pictures.js";
import { expectClose } from "./oracle/close.js";
import { naivePsnr } from "./oracle/similarity.js";
import { writeStateDict } from "./torch-file.js";

let folder: string;
const at = (...parts: string[]) => join(folder, ...parts);
const SIDE = 80;

/** Squares of random grey; linear light is averaged over five neighbours to the right. */
function pictures(): { sharp: Raster; blurry: Raster } {
  const grey = Rng.fromSeed(3).uniforms(100);
  const value = (x: number, y: number) =>
    30 + 200 * grey[10 * Math.floor(y / 8) + Math.floor(Math.min(x, SIDE - 1) / 8)]!;
  const raster = (of: (x: number, y: number) => number): Raster => ({
    ...{ width: SIDE, height: SIDE, channels: 3 },
    data: Uint8Array.from({ length: 3 * SIDE * SIDE }, (_, i) => {
      const pixel = Math.floor(i / 3);
      return Math.round(of(pixel % SIDE, Math.floor(pixel / SIDE)));
    }),
  });
  const light = (level: number) => (level / 255) ** 2.2;
  const mean = (x: number, y: number) =>
    255 * ([-2, -1, 0, 1, 2].reduce((sum, d) => sum + light(value(Math.max(0, x + d), y)), 0) / 5) ** (1 / 2.2);
  return { sharp: raster(value), blurry: raster(mean) };
}
const { sharp, blurry } = pictures();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "unblur-kernel-"));
  const photo = (raster: Raster) => ({ raster, format: "png" as const, metadata: {} });
  await writeImage(at("photo.png"), photo(blurry));
  const line = { width: 9, height: 3, channels: 1 as const, data: new Uint8Array(27) };
  line.data.fill(200, 9 + 2, 9 + 7);
  await writeImage(at("kernel.png"), photo(line));
  await writeFile(at("kernel.csv"), "1,1,1,1,1\n");
});
afterAll(() => rm(folder, { recursive: true }));

test.each([["kernel.png"], ["kernel.csv"], ["kernel.csv", "--kernel-filter", "wiener"]])(
  "%s %s %s",
  async (...kernel) => {
    const [file, ...options] = kernel;
    const out = at(`${kernel.join("")}.png`);
    const { code, err } = await unblur("deblur", at("photo.png"), "--kernel", at(file!), ...options, "--out", out);
    expect({ code, err: err.match(/error.*/)?.[0] }).toEqual({ code: 0, err: undefined });
    expect(naivePsnr(await readRgb(out), sharp)).toBeGreaterThan(naivePsnr(blurry, sharp) + 2);
  },
);

test("--check writes kernels that --kernel reads", async () => {
  const line = ["deblur", at("photo.png"), "--kernel", at("kernel.csv"), "--check", "--out", at("once.png"), "--json"];
  const { code, out } = await unblur(...line);
  expect(code).toBe(0);
  expect(JSON.parse(out)).toMatchObject({ model: "known blur (total-variation)", steps: 0 });
  expect(JSON.parse(await readFile(at("once.kernels.json"), "utf8"))).toMatchObject({ format: "unblur kernels 1" });
  const again = await unblur("deblur", at("photo.png"), "--kernel", at("once.kernels.json"), "--out", at("twice.png"));
  expect(again.code).toBe(0);
  expect(naivePsnr(await readRgb(at("twice.png")), sharp)).toBeGreaterThan(naivePsnr(blurry, sharp) + 2);
});

test("an imported network undoes the blur too, and one that is not there says how to get it", async () => {
  const before = process.env.UNBLUR_HOME;
  process.env.UNBLUR_HOME = at("home");
  try {
    const line = [
      "deblur",
      at("photo.png"),
      "--kernel",
      at("kernel.csv"),
      "--kernel-filter",
      "dwdn",
      "--out",
      at("net.png"),
    ];
    expect((await unblur(...line)).err).toMatch(/DWDN is not installed: download model_DWDN\.pt/);
    await writeStateDict(
      at("dwdn.pt"),
      dwdn(dwdnSchema.parse({ architecture: "dwdn", deconvolved: 2, features: 3 })).parameters,
    );
    const imported = await unblur("import", at("dwdn.pt"));
    expect(imported).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^recognised DWDN, which deconvolves with a given blur/),
    });
    expect((await unblur(...line)).code).toBe(0);
    // The restorer's one block is the whole picture: the same as the network's graph on it.
    const { network, weights } = await loadKernelNetwork("dwdn");
    const [image, kernel] = [input("image", [1, 3, SIDE, SIDE]), input("kernel", [1, 1, 5, 5])];
    const result = network.forward({ image, kernel }).at(-1)!;
    const graph = { inputs: [image, kernel], outputs: { result }, weights: bindWeights(network.parameters, weights) };
    await using session = await createRuntime({ threads: 1 }).open(compile(graph));
    const row = new Float32Array(25).fill(1, 10, 15);
    const photo = planesFromRaster(blurry);
    const values = await session.run({
      image: floats(photo.data, image.shape),
      kernel: floats(row, kernel.shape),
    });
    const restorer = await openKnownBlur(at("kernel.csv"), { filter: "dwdn", threads: 1 });
    const { restored } = await restorer.restore(planesFromRaster(blurry));
    await restorer.release();
    const expected = floatResult(values, "result").map((value) => Math.min(1, Math.max(-1, value)));
    expect(expected.some((value) => value > -0.9)).toBe(true);
    expectClose(restored.data, expected, { rtol: 0, atol: 1e-4 });
  } finally {
    if (before === undefined) delete process.env.UNBLUR_HOME;
    else process.env.UNBLUR_HOME = before;
  }
});

test("the kernels that unblur blur writes are read", async () => {
  const photo = (raster: Raster) => ({ raster, format: "png" as const, metadata: {} });
  await writeImage(at("known.png"), photo(sharp));
  const recipe = JSON.stringify({ kernels: [{ kind: "camera-shake", lengthPx: [9, 9] }] });
  expect((await unblur("blur", at("known.png"), "--out", at("made"), "--recipe", recipe)).code).toBe(0);
  const [blurred, kernel] = [at("made", "blur", "known.png"), at("made", "kernels", "known.png")];
  const { code } = await unblur("deblur", blurred, "--kernel", kernel, "--restore-sharp", "--out", at("undone.png"));
  expect(code).toBe(0);
  const truth = await readRgb(at("made", "sharp", "known.png"));
  expect(naivePsnr(await readRgb(at("undone.png")), truth)).toBeGreaterThan(
    naivePsnr(await readRgb(blurred), truth) + 3,
  );
});

const small = { architecture: "nbdn", stages: 1, steps: 5, width: 4, depth: 1 } as const;

test("a run that was trained to be given the kernel undoes the blur, and refuses to do without it", async () => {
  await saveBelow(folder, "photos/sharp.png", { ...sharp, channels: 3 });
  const config = JSON.parse(await readFile("configs/known-kernel/nbdn-small.json", "utf8"));
  const source = { ...config.data.sources[0], path: "photos", exclude: [] };
  source.blur = { ...source.blur, kernels: [{ kind: "linear", lengthPx: [3, 5] }] };
  const own = {
    ...{ ...config, name: "own", steps: 3, batchSize: 2, samplesEvery: 2, model: { knownKernel: { network: small } } },
    data: { ...config.data, patchPx: 32, sources: [source] },
  };
  await writeFile(at("own.json"), JSON.stringify(own));
  const trained = await unblur("train", "--config", at("own.json"), "--data", folder, "--out", at("runs"));
  expect({ code: trained.code, err: trained.err.match(/error.*/)?.[0] }).toEqual({ code: 0, err: undefined });
  const run = at("runs", "00001-own");
  // Rows of blurry, restored, sharp.
  const rows = await readRgb(join(run, "samples", "step-00000002.png"));
  expect(rows).toMatchObject({ width: 3 * 32, height: 2 * 32 });
  const out = at("by-run.png");
  const line = ["deblur", at("photo.png"), "--kernel", at("kernel.csv"), "--kernel-filter", run];
  const { code, err } = await unblur(...line, "--out", out);
  expect({ code, err: err.match(/error.*/)?.[0] }).toEqual({ code: 0, err: undefined });
  expect(naivePsnr(await readRgb(out), sharp)).toBeGreaterThan(naivePsnr(blurry, sharp) + 1);
  const without = await unblur("deblur", at("photo.png"), "--model", run, "--out", at("refused.png"));
  expect(without).toMatchObject({
    code: expect.any(Number),
    err: expect.stringMatching(/given the kernel of its blur/),
  });
  expect(without.code).not.toBe(0);
});

test.each([
  [
    ["--kernel", "kernel.csv", "--kernel-filter", "none-such"],
    2,
    /expected total-variation, wiener, dwdn, infwide, or the folder of a run/,
  ],
  [["--kernel", "kernel.csv", "--kernel-filter", "default"], 2, /expected a run or model that is given the kernel/],
  [["--kernel", "kernel.csv", "--predictor", "default"], 2, /cannot be combined with --predictor/],
  [["--kernel-filter", "wiener"], 2, /needs --kernel FILE/],
  [["--kernel", "kernel.csv", "--steps", "4"], 2, /has no diffusion/],
  [["--kernel", "missing.txt"], 1, /missing\.txt: it cannot be read/],
] as const)("%j", async (options, exit, message) => {
  const line = options.map((option) => (/\.(csv|txt)$/.test(option) ? at(option) : option));
  const { code, err } = await unblur("deblur", at("photo.png"), ...line, "--out", at("refused.png"));
  expect({ code, err }).toEqual({ code: exit, err: expect.stringMatching(message) });
});
