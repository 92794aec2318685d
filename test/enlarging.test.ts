/**
 * @file Enlarging the whole way: command line, library, service's choice of a model, evaluation. The model's network
 * returns what it is given, so every result is the photo's bicubic enlargement, which is known.
 */
import { mkdir, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Uint8ArrayReader, Uint8ArrayWriter, ZipWriter } from "@zip.js/zip.js";
import { afterEach, beforeEach, expect, test } from "vitest";
import { restore } from "../platform/node/library/open.js";
import { chosenModel } from "../platform/node/models/choose-model.js";
import { readImage, writeImage } from "../platform/node/photos/image-file.js";
import { createRuntime } from "../platform/node/threads/runtime.js";
import { weightsFile } from "../src/exchange/model-files.js";
import { enlargedRaster } from "../src/images/enlarge.js";
import type { Raster } from "../src/images/image.js";
import type { Photo } from "../src/images/photo.js";
import { planesFromRaster } from "../src/images/pixels.js";
import { sharpnessOf } from "../src/restoration/sharpness.js";
import { commandLine } from "./command-line.js";
import { writeIdentityModel } from "./identity-model.js";
import { naivePsnr } from "./oracle/similarity.js";

let folder: string;
const at = (...names: string[]) => join(folder, ...names);
const before = process.env.UNBLUR_HOME;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "unblur-enlarging-"));
  process.env.UNBLUR_HOME = at("home");
  await writeIdentityModel(at("home", "models", "same"));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
  if (before === undefined) delete process.env.UNBLUR_HOME;
  else process.env.UNBLUR_HOME = before;
});

const installTwice = () => writeIdentityModel(at("home", "models", "twice"), 8, 0, 2);

/** A smooth picture with alpha, 16 bits a channel. */
const raster: Raster = {
  ...{ width: 40, height: 27, channels: 4 },
  data: Uint16Array.from({ length: 40 * 27 * 4 }, (_, i) => {
    const [x, y, c] = [Math.floor(i / 4) % 40, Math.floor(i / 160), i % 4];
    return Math.round(32768 + 20000 * Math.sin(0.4 * x + c) * Math.cos(0.3 * y));
  }),
};
const photo: Photo = { raster, format: "png", metadata: {} };
const largestDifference = (a: Raster, b: Raster): number => {
  expect([a.width, a.height, a.channels, a.data.length]).toEqual([b.width, b.height, b.channels, b.data.length]);
  return Math.max(...Array.from(a.data, (value, i) => Math.abs(value - b.data[i]!)));
};

test("--model and --scale enlarge with a model of that scale; the file keeps depth and alpha", async () => {
  await installTwice();
  await writeImage(at("a.png"), photo);
  const { code, out } = await commandLine(
    "deblur",
    at("a.png"),
    "--scale",
    "2",
    "--model",
    "twice",
    "--out",
    at("b.png"),
    "--json",
  );
  expect(code).toBe(0);
  expect(JSON.parse(out)).toMatchObject({ model: "identity", width: 80, height: 54, sharp: false });
  const larger = await readImage(at("b.png"));
  expect(largestDifference(larger.raster, enlargedRaster(raster, 2))).toBeLessThanOrEqual(1);
});

test("a model that keeps the size restores first, and its result is enlarged", async () => {
  await writeIdentityModel(at("home", "models", "brighter"), 8, 0.25);
  await installTwice();
  await writeImage(at("a.png"), photo);
  const restored = async (...options: string[]) => {
    const command = ["deblur", at("a.png"), "--no-keep-tone", "--restore-sharp", "--out", at("b.png"), "-f", "--json"];
    const { code, out } = await commandLine(...command, ...options);
    expect(code).toBe(0);
    return JSON.parse(out) as { model: string };
  };
  expect(await restored("--model", "brighter", "--scale", "2")).toMatchObject({
    model: "identity+identity",
    width: 80,
  });
  const [chosen] = [(await readImage(at("b.png"))).raster];
  // 0.25 of the signed range is an eighth of white: 8192 of 65535.
  const brighter = { ...raster, data: raster.data.map((value, i) => (i % 4 === 3 ? value : value + 8192)) };
  expect(largestDifference(chosen, enlargedRaster(brighter, 2))).toBeLessThanOrEqual(2);
  await restored("--model", "brighter+twice");
  expect((await readImage(at("b.png"))).raster.data).toEqual(chosen.data);
  const swapped = await commandLine("deblur", at("a.png"), "--model", "twice+brighter");
  expect(swapped.err).toMatch(/expected a model that keeps the photo's size, a plus sign and a model that enlarges/);
  const exported = await commandLine("export", "brighter+twice", "--out", at("x.onnx"));
  expect(exported.err).toMatch(/two models in a row can restore photos and be evaluated, and nothing else/);
});

test("without such a model one sentence says how to get one; a model that enlarges must have the scale", async () => {
  await installTwice();
  await writeImage(at("a.png"), photo);
  const missing = await commandLine("deblur", at("a.png"), "--scale", "4");
  expect(missing.code).toBe(2);
  expect(missing.err).toMatch(
    /no installed model enlarges by 4 \(others do: twice \(2\)\); install one: .* unblur import esrgan-medium --scale 4/,
  );
  const other = await commandLine("deblur", at("a.png"), "--scale", "4", "--model", "twice");
  expect(other.err).toMatch(/model "identity" enlarges by 2: leave out scale/);
  const five = await commandLine("deblur", at("a.png"), "--scale", "5");
  expect(five.err).toMatch(/expected 1, 2, 3, 4 or 8/);
});

test("the service and the library choose alike; the library enlarges a sharp photo, too", async () => {
  await expect(chosenModel({ scale: 2 }, "fast")).rejects.toThrow(/no installed model enlarges by 2; install one/);
  await installTwice();
  expect(await chosenModel({ scale: 2 }, "fast")).toBe("fast+twice");
  expect(await chosenModel({ scale: 2, model: "twice" })).toBe("twice");
  expect(await chosenModel({ scale: 2, preset: "fast" })).toBe("fast+twice");
  expect(await chosenModel({ scale: 1 }, "fast")).toBe("fast");
  expect(await chosenModel({}, "fast")).toBe("fast");
  const larger = await restore(photo.raster, { model: "same", scale: 2 });
  expect(largestDifference(larger.raster, enlargedRaster(raster, 2))).toBeLessThanOrEqual(1);
  expect((await commandLine("models")).out).toMatch(/twice .*; enlarges by 2\n/);
});

test("what cannot enlarge says so, names the way, and leaves no file", async () => {
  await installTwice();
  await writeImage(at("a.png"), photo);
  await writeImage(at("kernel.png"), {
    ...photo,
    raster: { width: 1, height: 1, channels: 1, data: Uint8Array.of(255) },
  });
  for (const [message, ...args] of [
    [
      /^error: explain: model "identity" enlarges/,
      "explain",
      at("a.png"),
      "--model",
      "twice",
      "--out",
      at("explained"),
    ],
    [/^error: export: model "identity" enlarges by 2/m, "export", "twice", "--out", at("twice.onnx")],
    [
      /^error: --kernel .* cannot be used with a model that enlarges/,
      "deblur",
      at("a.png"),
      "--model",
      "twice",
      "--kernel",
      at("kernel.png"),
    ],
  ] as const) {
    const { code, out, err } = await commandLine(...(args as readonly string[]));
    expect(err).toMatch(message);
    expect({ code, out }).toEqual({ code: 2, out: "" });
  }
  // Its description says so: a model is not read before it is known to be of use.
  await rm(at("home", "models", "twice", weightsFile("predictor")));
  const refused = await commandLine("deblur", at("a.png"), "--model", "twice", "--kernel", at("kernel.png"));
  expect(refused).toMatchObject({ code: 2, err: expect.stringMatching(/^error: --kernel .* that enlarges/) });
  expect((await readdir(folder)).toSorted()).toEqual(["a.png", "home", "kernel.png"]);
});

test("the page names the command for a model that enlarges", async () => {
  await installTwice();
  const zip = new ZipWriter(new Uint8ArrayWriter(), { useWebWorkers: false });
  for (const name of await readdir(at("home", "models", "twice")))
    await zip.add(name, new Uint8ArrayReader(await readFile(at("home", "models", "twice", name))));
  const file = new File([Uint8Array.from(await zip.close())], "twice.zip");
  const { openModelOf } = await import(new URL("../platform/browser/open-model.ts", import.meta.url).href);
  const site = { base: "", index: { models: [] }, runtime: createRuntime({ threads: 1 }) };
  await expect(openModelOf(file, site)).rejects.toThrow(
    /enlarges by 2, and the page restores at the photo's size; use the command line: unblur photo.jpg --scale 2/,
  );
});

/** Writes `small` and `truth`, which is twice as large, as a folder of pairs. */
async function writeLargerPairs(small: Raster, truth: Raster): Promise<void> {
  await mkdir(at("data", "blur"), { recursive: true });
  await mkdir(at("data", "sharp"));
  await writeImage(at("data", "blur", "a.png"), { raster: small, format: "png", metadata: {} });
  await writeImage(at("data", "sharp", "a.png"), { raster: truth, format: "png", metadata: {} });
}

const truth: Raster = {
  ...{ width: 96, height: 72, channels: 3 },
  data: Uint8Array.from({ length: 96 * 72 * 3 }, (_, i) => (i * 31) % 241),
};

test("evaluation takes pairs whose truth is so many times larger, and the bicubic enlargement as the input", async () => {
  await installTwice();
  const small: Raster = {
    ...{ width: 48, height: 36, channels: 3 },
    data: Uint8Array.from({ length: 48 * 36 * 3 }, (_, i) => (i * 37) % 251),
  };
  await writeLargerPairs(small, truth);
  const args = ["--data", at("data"), "--metric", "psnr", "--json", at("scores.json")];
  const { code, err } = await commandLine("evaluate", "--model", "twice", ...args);
  expect(err).not.toMatch(/error/);
  expect(code).toBe(0);
  const { pictures } = JSON.parse(await readFile(at("scores.json"), "utf8"));
  const expected = naivePsnr(enlargedRaster(small, 2), truth);
  expect(pictures[0].input.psnr).toBeCloseTo(expected, 6);
  expect(pictures[0].restored.psnr).toBeCloseTo(expected, 1);
  const wrong = await commandLine("evaluate", "--model", "same", ...args);
  expect(wrong.code).not.toBe(0);
});

test("evaluation measures two models in a row, also on a picture that is sharp already", async () => {
  await writeIdentityModel(at("home", "models", "brighter"), 8, 0.25);
  await installTwice();
  const [width, height] = [480, 480];
  // Squares with hard edges, and room above for an eighth of white: 32 of 255.
  const small: Raster = {
    ...{ width, height, channels: 3 },
    data: Uint8Array.from({ length: 3 * width * height }, (_, i) => {
      const [x, y] = [Math.floor(i / 3) % width, Math.floor(i / 3 / width)];
      return (Math.floor(x / 24) + Math.floor(y / 24)) % 2 === 0 ? 60 : 160;
    }),
  };
  expect(sharpnessOf(planesFromRaster(small)).sharp).toBe(true);
  const larger: Raster = { width: 960, height: 960, channels: 3, data: new Uint8Array(3 * 960 * 960).fill(128) };
  await writeLargerPairs(small, larger);
  const args = ["--data", at("data"), "--metric", "psnr", "--json", at("scores.json")];
  const { code, err, out } = await commandLine("evaluate", "--model", "brighter+twice", ...args);
  expect(err).not.toMatch(/error/);
  expect(code).toBe(0);
  expect(out).toMatch(/^identity\+identity/);
  const { model, pictures } = JSON.parse(await readFile(at("scores.json"), "utf8"));
  expect(Object.keys(model.weightsChecksum)).toEqual(["predictor", "enlarger predictor"]);
  const brighter = { ...small, data: small.data.map((value) => value + 32) };
  expect(pictures[0].input.psnr).toBeCloseTo(naivePsnr(enlargedRaster(small, 2), larger), 6);
  expect(pictures[0].restored.psnr).toBeCloseTo(naivePsnr(enlargedRaster(brighter, 2), larger), 1);
  const swapped = await commandLine("evaluate", "--model", "twice+brighter", ...args);
  expect(swapped.err).toMatch(/expected a model that keeps the photo's size, a plus sign and a model that enlarges/);
});
