import { copyFile, mkdir, mkdtemp, readFile, rm, stat, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import * as z from "zod";
import { weightsFile } from "../../../src/exchange/model-files.js";
import { ARCHITECTURES } from "../../../src/networks/catalog.js";
import { commandLine } from "../../../test/command-line.js";
import { writeIdentityModel } from "../../../test/identity-model.js";

let home: string;
const before = process.env.UNBLUR_HOME;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "unblur-models-"));
  process.env.UNBLUR_HOME = home;
  await writeIdentityModel(join(home, "models", "mine"));
  await mkdir(join(home, "models", "broken"));
  await writeFile(join(home, "models", "broken", "model.json"), '{"format": "unblur model 9"}');
  await mkdir(join(home, "models", ".half.part"));
  await writeFile(join(home, "models", ".half.part", "model.json"), "{");
});
afterEach(async () => {
  await rm(home, { recursive: true });
  if (before === undefined) delete process.env.UNBLUR_HOME;
  else process.env.UNBLUR_HOME = before;
});

async function listed(...argv: string[]): Promise<string> {
  const { code, out } = await commandLine("models", ...argv);
  expect(code).toBe(0);
  return out;
}

const count = z.int().positive();
const macs = z.number().positive();
const cost = {
  parameters: count,
  macsPerMegapixel: z.strictObject({ at256px: macs.nullable(), at1024px: macs.nullable() }),
  reachPx: count.nullable(),
  receptiveFieldPx: count.nullable(),
};
const named = { name: z.string(), from: z.enum(["package", "installed"]), folder: z.string() };
const usable = z.strictObject({
  ...named,
  summary: z.string(),
  license: z.string(),
  steps: z.int().nonnegative(),
  scale: z.int().positive(),
  parts: z.array(
    z.strictObject({
      part: z.enum(["motion", "predictor", "uncertainty", "diffusion"]),
      architecture: z.string(),
      ...cost,
    }),
  ),
});
const other = {
  name: z.string(),
  label: z.string(),
  file: z.string(),
  source: z.url(),
  license: z.string().min(1),
  installed: z.boolean(),
};
/** The stable part of the JSON, which programs may rely on. */
const schema = z.strictObject({
  installedIn: z.string(),
  models: z.array(z.union([usable, z.strictObject({ ...named, problem: z.string() })])),
  architectures: z.array(
    z.strictObject({
      architecture: z.string(),
      summary: z.string(),
      source: z.string(),
      code: z.string().nullable(),
      license: z.string().min(1),
      checkpoints: z.array(z.string()),
      remark: z.string().nullable(),
      sizes: z.array(z.strictObject({ name: z.string(), settings: z.record(z.string(), z.unknown()), ...cost })).min(1),
    }),
  ),
  kernelNetworks: z.array(z.strictObject({ ...other, summary: z.string(), use: z.string() })),
  featureNetworks: z.array(z.strictObject(other)),
});

test("--json lists every architecture and the models of the package and of the user", async () => {
  const all = schema.parse(JSON.parse(await listed("--json")));
  expect(all.installedIn).toBe(join(home, "models"));
  expect(all.architectures.map(({ architecture }) => architecture)).toEqual(Object.keys(ARCHITECTURES));
  expect(all.models.map(({ name, from }) => [name, from])).toEqual([
    ["deconvolution", "package"],
    ["default", "package"],
    ["fast", "package"],
    ["paper-tiny", "package"],
    ["broken", "installed"],
    ["mine", "installed"],
  ]);
  // Among the usable models, only deconvolution has no network.
  const without = all.models.filter((model) => "parts" in model && model.parts.length === 0);
  expect(without.map(({ name }) => name)).toEqual(["deconvolution"]);
  expect(all.models.find(({ name }) => name === "broken")).toMatchObject({
    problem: expect.stringContaining("format"),
  });
  // The identity model of the tests: 12 to 8 channels, a block of two convolutions, and 8 to 12; all 3x3 with biases.
  const parameters = 9 * (12 * 8 + 2 * 8 * 8 + 8 * 12) + 8 + 8 + 8 + 12;
  expect(all.models.find(({ name }) => name === "mine")).toMatchObject({
    folder: join(home, "models", "mine"),
    parts: [{ part: "predictor", architecture: "residual-unet", parameters, reachPx: 9, receptiveFieldPx: 19 }],
  });
  const mimo = all.architectures.find(({ architecture }) => architecture === "mimo-unet")!;
  expect(mimo).toMatchObject({ code: "chosj95/MIMO-UNet", checkpoints: ["MIMO-UNet.pkl", "MIMO-UNetPlus.pkl"] });
  expect(mimo.sizes.map((size) => size.parameters)).toEqual([6_807_171, 9_907_331, 16_107_651]);
});

test("networks that are no models by themselves say where their weights are, and whether they are here", async () => {
  const { kernelNetworks, featureNetworks } = schema.parse(JSON.parse(await listed("--json")));
  expect(kernelNetworks.map(({ name, installed }) => [name, installed])).toEqual([
    ["dwdn", false],
    ["infwide", false],
  ]);
  expect(featureNetworks.find(({ name }) => name === "vgg16")).toMatchObject({ file: "vgg16-397923af.pth" });
  expect(await listed()).toMatch(/^dwdn: DWDN; deconvolves with a given blur, .*--kernel-filter dwdn; not installed$/m);
});

test("a model whose weights are missing, cut or another network's says so, in its row and with --json", async () => {
  const at = (name: string, ...file: string[]) => join(home, "models", name, ...file);
  for (const name of ["missing", "cut", "short", "other"]) await writeIdentityModel(at(name));
  await writeIdentityModel(join(home, "wider"), 16);
  const file = weightsFile("predictor");
  await rm(at("missing", file));
  await truncate(at("cut", file), (await stat(at("cut", file))).size - 1);
  await truncate(at("short", file), 5);
  await copyFile(join(home, "wider", file), at("other", file));
  const expected = {
    missing: /missing.predictor\.safetensors: it cannot be read .*ENOENT/,
    cut: /cut.predictor\.safetensors: not a readable safetensors file: .* should lie at /,
    short: /short.predictor\.safetensors: not a readable safetensors file: 5 bytes are too few/,
    other: /other.predictor\.safetensors: expected ".*" \[8,12,3,3\], got F32 \[16,12,3,3\]/,
  };
  const out = await listed();
  const { models } = schema.parse(JSON.parse(await listed("--json")));
  for (const [name, problem] of Object.entries(expected)) {
    expect(out.split("\n").find((line) => line.startsWith(`${name} (`))).toMatch(/\): cannot be used: /);
    expect(models.find((model) => model.name === name)).toMatchObject({ problem: expect.stringMatching(problem) });
  }
  expect(models.find(({ name }) => name === "mine")).not.toHaveProperty("problem");
});

test("folders among the installed models that are none are named with the reason; hidden ones and files are not", async () => {
  const at = (...parts: string[]) => join(home, "models", ...parts);
  await mkdir(at("stray"));
  await writeIdentityModel(at("two words"));
  await writeFile(at("notes.txt"), "");
  const { models } = schema.parse(JSON.parse(await listed("--json")));
  expect(models.filter(({ name }) => /stray|two words|notes|half/.test(name))).toEqual([
    {
      ...{ name: "stray", from: "installed", folder: at("stray") },
      problem: expect.stringMatching(/^not a model: no readable model\.json is in the folder; /),
    },
    {
      ...{ name: "two words", from: "installed", folder: at("two words") },
      problem: expect.stringMatching(/^not a model: its name .*; rename the folder$/),
    },
  ]);
  expect(await listed()).toMatch(/^stray \(.*\): not a model: no readable model\.json/m);
});

test("a description that an editor wrote with a byte-order mark is read", async () => {
  const path = join(home, "models", "marked");
  await writeIdentityModel(path);
  const text = await readFile(join(path, "model.json"), "utf8");
  await writeFile(join(path, "model.json"), `\uFEFF${text}`);
  const { models } = schema.parse(JSON.parse(await listed("--json")));
  expect(models.find(({ name }) => name === "marked")).toMatchObject({ parts: [{ part: "predictor" }] });
});

test("text output: one line per network, and the reason why a model cannot be used", async () => {
  const out = await listed();
  expect(out).toMatch(/^default \(in the package\): /m);
  expect(out).toMatch(/^broken \(.*\): cannot be used: .*model\.json/m);
  expect(out).toMatch(/^ {2}MIMO-UNet\+ +16,107,651 parameters +2,299 GMAC\/MP +sees 577 px each way$/m);
  expect(out).toMatch(/^ {2}at scale 1 +15,296,955 parameters +15,155 GMAC\/MP +sees all$/m);
  expect(out).not.toContain(".half");
});
