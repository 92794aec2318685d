/**
 * @file Work that is killed: what it runs, what must hold after a kill, and what after it was done again. Each is
 * prepared once, with the result of an undisturbed run to compare with.
 */
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { recoverFolders } from "../../platform/node/files/leftovers.js";
import { loadModel } from "../../platform/node/models/load-model.js";
import { writeImage } from "../../platform/node/photos/image-file.js";
import { Rng } from "../../src/base/random.js";
import { MODEL_FILE } from "../../src/exchange/model-files.js";
import { writeIdentityModel } from "../identity-model.js";
import { writeNafnetFile } from "../torch-file.js";
import { waveNetwork, writeWavePairs } from "../training/wave-pairs.js";
import { contentsOf, difference, leftoversBelow } from "./contents.js";
import { commandLine, runNode } from "./program.js";

export interface Victim {
  /**
   * Makes what the work needs and what was there before it, in an empty folder. `replaces`: whether there is a former
   * result.
   */
  prepare(folder: string, replaces: boolean): void;
  /** Words for Node. They may depend on how far earlier tries came. */
  args(folder: string): string[];
  readonly env: (folder: string) => NodeJS.ProcessEnv;
  /** Returns the fault right after a kill, or null. */
  afterKill(folder: string): Promise<string | null>;
  /** Returns the fault after the work was repeated to its end, or null. */
  afterEnd(folder: string): Promise<string | null>;
}

type Prepare = (shared: string) => Promise<Victim>;

async function undisturbed(victim: Pick<Victim, "args" | "env">, folder: string): Promise<void> {
  const { code, err } = await runNode(victim.args(folder), { env: victim.env(folder) });
  if (code !== 0) throw new Error(`robustness: the undisturbed run ended with code ${code}: ${err}`);
}

const leftovers = (folder: string): string | null => {
  const found = leftoversBelow(folder);
  return found.length > 0 ? `left behind: ${found.join(", ")}` : null;
};

const noise = (width: number, height: number) => ({
  ...{ width, height, channels: 3 as const },
  data: Uint8Array.from(Rng.fromSeed(1).uniforms(3 * width * height), (value) => 256 * value),
});

/** A photo restored to two pictures. After a kill each of them is there as a whole or not at all. */
const writing: Prepare = async (shared) => {
  await writeIdentityModel(join(shared, "identity"));
  await writeImage(join(shared, "photo.png"), { raster: noise(64, 48), format: "png", metadata: {} });
  const args = (folder: string) =>
    commandLine(
      ...[join(shared, "photo.png"), "--model", join(shared, "identity"), "--check", "--threads", "1", "--force"],
      ...["--out", `${join(folder, "out")}/`],
    );
  const env = () => ({});
  await undisturbed({ args, env }, join(shared, "reference"));
  const expected = contentsOf(join(shared, "reference", "out"));
  const former = (name: string) => `former ${name}`;
  return {
    env,
    args,
    prepare(folder, replaces) {
      if (!replaces) return;
      mkdirSync(join(folder, "out"));
      for (const name of Object.keys(expected)) writeFileSync(join(folder, "out", name), former(name));
    },
    async afterKill(folder) {
      const partial = Object.entries(contentsOf(join(folder, "out"))).find(
        ([name, sum]) => sum !== expected[name] && readFileSync(join(folder, "out", name), "utf8") !== former(name),
      );
      return partial ? `${partial[0]} is neither the former file nor the new one` : null;
    },
    async afterEnd(folder) {
      return difference(contentsOf(join(folder, "out")), expected) ?? leftovers(folder);
    },
  };
};

/** A model's folder that is made or replaced as a whole: `folder` of it, `name` in it. */
function wholeFolder(
  modelFolder: (folder: string) => string,
  expected: Readonly<Record<string, string>>,
  former: string,
  plain: Parameters<typeof contentsOf>[1],
): Pick<Victim, "prepare" | "afterKill" | "afterEnd"> {
  const known = [expected, contentsOf(former, plain)];
  return {
    prepare(folder, replaces) {
      if (replaces) cpSync(former, modelFolder(folder), { recursive: true });
    },
    async afterKill(folder) {
      const path = modelFolder(folder);
      const before = existsSync(path) || leftoversBelow(folder).some((name) => name.endsWith(".old"));
      recoverFolders(join(path, ".."));
      if (!existsSync(path)) return before ? "the former model is lost" : null;
      if (known.every((contents) => difference(contentsOf(path, plain), contents) !== null))
        return `the model is neither the former one nor the new one: ${difference(contentsOf(path, plain), expected)}`;
      await loadModel(path);
      return null;
    },
    async afterEnd(folder) {
      return difference(contentsOf(modelFolder(folder), plain), expected) ?? leftovers(folder);
    },
  };
}

/** Another model of the same form, to be replaced. */
function writeFormer(from: string, to: string): void {
  cpSync(from, to, { recursive: true });
  const about = JSON.parse(readFileSync(join(to, MODEL_FILE), "utf8"));
  writeFileSync(join(to, MODEL_FILE), JSON.stringify({ ...about, summary: "The former one." }));
}

const importing: Prepare = async (shared) => {
  await writeNafnetFile(join(shared, "nafnet.pth"));
  const args = () => commandLine("import", join(shared, "nafnet.pth"), "--as", "mine", "--force");
  const env = (folder: string) => ({ UNBLUR_HOME: join(folder, "home") });
  const modelFolder = (folder: string) => join(folder, "home", "models", "mine");
  const reference = join(shared, "imported");
  await undisturbed({ args, env }, reference);
  writeFormer(modelFolder(reference), join(shared, "former-import"));
  const plain = (path: string, content: Buffer) =>
    path === "provenance.json" ? String(content).replace(/"importedAt": "[^"]*"/, "") : content;
  const expected = contentsOf(modelFolder(reference), plain);
  return { env, args, ...wholeFolder(modelFolder, expected, join(shared, "former-import"), plain) };
};

const packing: Prepare = async (shared) => {
  const source = join(shared, "source");
  await writeIdentityModel(source);
  writeFileSync(join(source, "predictor.config.json"), "{}\n");
  writeFileSync(join(source, "predictor.metrics.jsonl"), '{"step":1}\n');
  const modelFolder = (folder: string) => join(folder, "models", "mine");
  const args = (folder: string) =>
    commandLine(
      "pack",
      ...["--out", modelFolder(folder), "--name", "mine", "--summary", "Packed.", "--license", "MIT"],
      ...["--predictor", source],
    );
  const env = () => ({});
  const reference = join(shared, "packed");
  mkdirSync(modelFolder(reference), { recursive: true });
  writeFileSync(join(modelFolder(reference), "README.md"), "A card.\n");
  await undisturbed({ args, env }, reference);
  const expected = contentsOf(modelFolder(reference));
  if (!("README.md" in expected)) throw new Error("robustness: packing a model lost its card");
  writeFormer(modelFolder(reference), join(shared, "former-pack"));
  const whole = wholeFolder(modelFolder, expected, join(shared, "former-pack"), undefined);
  // Of a new folder there is no card to keep.
  return { env, args, ...whole, prepare: (folder) => whole.prepare(folder, true) };
};

const STEPS = 18;
const training: Prepare = async (shared) => {
  await writeWavePairs(join(shared, "pairs"), 3);
  const config = {
    ...{
      name: "waves",
      model: { predictor: { network: waveNetwork } },
      objective: { kind: "predictor" },
      batchSize: 2,
    },
    data: { sources: [{ layout: "pairs", path: "." }], patchPx: 16 },
    ...{ steps: STEPS, checkpointEvery: { steps: 4 }, samplesEvery: 6, keep: 2, ema: { halfLifeImages: 20 } },
    ...{ optimiser: { kind: "adam" }, learningRate: { peak: 1e-3 } },
  };
  writeFileSync(join(shared, "config.json"), JSON.stringify(config));
  const runs = (folder: string) => join(folder, "runs");
  const visible = (folder: string) =>
    existsSync(runs(folder)) ? readdirSync(runs(folder)).filter((name) => !name.startsWith(".")) : [];
  const args = (folder: string) => {
    const [run] = visible(folder);
    const begin = run ? ["--resume", join(runs(folder), run)] : ["--config", join(shared, "config.json")];
    return commandLine("train", ...begin, "--data", join(shared, "pairs"), "--out", runs(folder), "--threads", "1");
  };
  const env = (folder: string) => ({ UNBLUR_CACHE: join(folder, "cache") });
  const reference = join(shared, "trained");
  await undisturbed({ args, env }, reference);
  const withoutTimes = (path: string, content: Buffer) =>
    path.endsWith("metrics.jsonl") ? String(content).replace(/"elapsedMs":\d+/g, "") : content;
  /** Checkpoints hold the time that training took: their weights are compared, not their bytes. */
  const weights = async (folder: string) => {
    const { predictor } = (await loadModel(join(runs(folder), visible(folder)[0]!))).weights;
    return Object.fromEntries(
      [...predictor!].map(([name, values]) => [name, Buffer.from(values.buffer).toString("hex")]),
    );
  };
  const comparable = (folder: string) =>
    Object.fromEntries(
      Object.entries(contentsOf(runs(folder), withoutTimes))
        .filter(([path]) => !path.endsWith("sessions.jsonl"))
        .map(([path, sum]) => [path, path.endsWith(".safetensors") ? "a checkpoint" : sum]),
    );
  const expected = comparable(reference);
  const expectedWeights = await weights(reference);
  let saved = 0;
  return {
    env,
    args,
    prepare: () => {
      saved = 0;
    },
    async afterKill(folder) {
      const [run, ...others] = visible(folder);
      if (others.length > 0) return `there are several runs: ${[run, ...others].join(", ")}`;
      if (run === undefined) return null;
      const path = join(runs(folder), run);
      const steps = readdirSync(join(path, "checkpoints")).flatMap((name) => /^step-(\d+)/.exec(name)?.[1] ?? []);
      const newest = Math.max(0, ...steps.map(Number));
      if (newest < saved) return `step ${saved} had been saved, the newest checkpoint is of step ${newest}`;
      saved = newest;
      if (newest > 0) await loadModel(path);
      return null;
    },
    async afterEnd(folder) {
      return (
        difference(comparable(folder), expected) ??
        difference(await weights(folder), expectedWeights) ??
        leftovers(folder)
      );
    },
  };
};

/** Victims by what is killed. */
export const VICTIMS = { writing, importing, packing, training } as const satisfies Record<string, Prepare>;
