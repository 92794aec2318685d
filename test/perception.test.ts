/**
 * @file Measures by networks from the user's file of weights to the table, and what is said where the weights are
 * missing.
 */
import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { loadFeatures } from "../platform/node/models/feature-networks.js";
import { readRgb } from "../platform/node/photos/image-file.js";
import { createRuntime } from "../platform/node/threads/runtime.js";
import { levelsFromRaster } from "../src/evaluation/metrics/levels.js";
import { distsParameters, type FeatureNetwork, featureParameters } from "../src/nn/backbones/catalog.js";
import { Parameter } from "../src/nn/parameters.js";
import { openPerception } from "../src/perception/perception.js";
import { commandLine as unblur } from "./command-line.js";
import { writeIdentityModel } from "./identity-model.js";
import { writeStateDict } from "./torch-file.js";
import { writeWavePairs } from "./training/wave-pairs.js";

let folder: string;
const at = (...parts: string[]) => join(folder, ...parts);
const before = process.env.UNBLUR_HOME;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "unblur-perception-"));
  process.env.UNBLUR_HOME = at("home");
  await writeIdentityModel(at("identity"));
  await writeWavePairs(at("data"), 2);
  await writeStateDict(at("squeezenet1_1-b8a52dc0.pth"), featureParameters("squeezenet1_1"));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
  if (before === undefined) delete process.env.UNBLUR_HOME;
  else process.env.UNBLUR_HOME = before;
});

const evaluate = (...options: string[]) =>
  unblur("evaluate", "--model", at("identity"), "--data", at("data"), ...options);

test("without weights the measure is left out with a line how to get them, alone it is refused with the same", async () => {
  const both = await evaluate("--metric", "psnr", "--metric", "lpips-squeeze");
  expect(both.code).toBe(0);
  expect(both.err).toMatch(
    /left out: lpips-squeeze; their networks are not installed: SqueezeNet 1\.1: "unblur import squeezenet1_1-b8a52dc0\.pth" \(https:/,
  );
  expect(both.out).not.toContain("lpips-squeeze");
  const alone = await evaluate("--metric", "lpips-squeeze", "--metric", "fid");
  expect(alone.code).toBe(2);
  expect(alone.err).toMatch(/--metric lpips-squeeze, fid: their networks are not installed; SqueezeNet.*; Inception/);
});

test("imported weights are measured with, and another file than the published one is named", async () => {
  const imported = await unblur("import", at("squeezenet1_1-b8a52dc0.pth"));
  expect(imported.code).toBe(0);
  expect(imported.out).toMatch(/^recognised SqueezeNet 1\.1, whose features/);
  expect(imported.out).toContain("722,496 parameters");
  expect(imported.out).toContain("not the published file squeezenet1_1-b8a52dc0.pth");
  expect(imported.out).toMatch(/use it: unblur evaluate .*--metric lpips-squeeze\n/);
  const again = await unblur("import", at("squeezenet1_1-b8a52dc0.pth"));
  expect(again.code).toBe(1);
  expect(again.err).toMatch(/installed already; replace them with --force/);

  const { code, out } = await evaluate("--metric", "lpips-squeeze", "--json", at("report.json"));
  expect(code).toBe(0);
  expect(out).toMatch(/\nlpips-squeeze +0\.\d{4} /);
  const report = JSON.parse(await readFile(at("report.json"), "utf8"));
  await using perception = openPerception(createRuntime({ threads: 1 }), loadFeatures);
  for (const { name, input, restored } of report.pictures) {
    const [blurry, sharp] = await Promise.all(
      ["blur", "sharp"].map(async (kind) => levelsFromRaster(await readRgb(at("data", kind, `${name}.png`)))),
    );
    const expected = await perception.distance("lpips-squeeze", blurry!, sharp!);
    expect(expected).toBeGreaterThan(0);
    expect(input["lpips-squeeze"]).toBeCloseTo(expected, 6);
    expect(restored).toEqual(input);
    expect(await perception.distance("lpips-squeeze", sharp!, sharp!)).toBe(0);
  }
});

test("DISTS of flat pictures, by hand: without features, the means of the colours alone differ", async () => {
  const weights = async (network: FeatureNetwork) =>
    new Map(
      featureParameters(network).map(({ label, size }) => [
        label,
        new Float32Array(size).fill(network === "dists" ? 1 : 0),
      ]),
    );
  await using perception = openPerception(createRuntime({ threads: 1 }), weights);
  const flat = (value: number) => ({ width: 32, height: 32, channels: 3, data: new Float64Array(3072).fill(value) });
  const [a, b] = [51 / 255, 204 / 255];
  // Of 2950 weights the texture of three channels is not 1; the structure of all is that of nothing, 1.
  const expected = (3 / 2950) * (1 - (2 * a * b + 1e-6) / (a * a + b * b + 1e-6));
  // One less a float32 sum of 2950 terms, which add up to nearly 1.
  expect(Math.abs((await perception.distance("dists", flat(51), flat(204)))! - expected)).toBeLessThan(1e-5);
  expect(Math.abs((await perception.distance("dists", flat(90), flat(90)))!)).toBeLessThan(1e-5);
});

test("a damaged file of weights is refused and nothing is written", async () => {
  const broken = (size: number) => new Float32Array(size).fill(Number.NaN);
  const parameters = distsParameters().map(
    ({ label, shape, size }) => new Parameter(label, shape, () => broken(size), false),
  );
  await writeStateDict(at("weights.pt"), parameters);
  const { code, err } = await unblur("import", at("weights.pt"));
  expect(code).toBe(1);
  expect(err).toMatch(/"alpha" holds numbers that are not finite/);
  await expect(stat(at("home", "features", "dists.safetensors"))).rejects.toThrow();
});
