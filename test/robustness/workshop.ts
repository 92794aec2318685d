/** @file Shared data of trials with files: photos, a model, and the results of undisturbed runs. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeImage } from "../../platform/node/photos/image-file.js";
import { Rng } from "../../src/base/random.js";
import { writeIdentityModel } from "../identity-model.js";
import { writeNafnetFile } from "../torch-file.js";
import { waveNetwork, writeWavePairs } from "../training/wave-pairs.js";
import { contentsOf } from "./contents.js";
import { messageFault } from "./plain-message.js";
import { commandLine, type Ended, runNode } from "./program.js";

/** Photos of a batch. */
export const PHOTOS = ["a.png", "b.png", "c.png", "d.png"] as const;
const [WIDTH, HEIGHT] = [192, 128];

export interface Workshop {
  /** Folder of the photos, never written to. */
  readonly photos: string;
  readonly model: string;
  /** A published network's file, to be imported. */
  readonly checkpoint: string;
  /** Checksums of the restored photos, by name. */
  readonly restored: Readonly<Record<string, string>>;
  /** Words for Node that restore photos to `out`. */
  restore(names: readonly string[], out: string, ...options: string[]): string[];
  /** Words that start or go on with a training run of some hundred steps. */
  train(runs: string, run?: string): string[];
  /** An empty folder. */
  folder(): string;
  [Symbol.dispose](): void;
}

export async function openWorkshop(): Promise<Workshop> {
  const root = mkdtempSync(join(tmpdir(), "unblur-files-"));
  const [photos, model] = [join(root, "photos"), join(root, "identity")];
  mkdirSync(photos);
  for (const [index, name] of PHOTOS.entries()) {
    const values = Rng.fromSeed(index).uniforms(3 * WIDTH * HEIGHT);
    const data = Uint8Array.from(values, (value) => 256 * value);
    const raster = { width: WIDTH, height: HEIGHT, channels: 3 as const, data };
    await writeImage(join(photos, name), { raster, format: "png", metadata: {} });
  }
  await writeIdentityModel(model);
  const checkpoint = join(root, "nafnet.pth");
  await writeNafnetFile(checkpoint);
  await writeWavePairs(join(root, "pairs"), 3);
  const config = {
    ...{
      name: "waves",
      model: { predictor: { network: waveNetwork } },
      objective: { kind: "predictor" },
      batchSize: 2,
    },
    data: { sources: [{ layout: "pairs", path: "." }], patchPx: 16 },
    ...{ steps: 400, optimiser: { kind: "adam" }, learningRate: { peak: 1e-3 } },
  };
  writeFileSync(join(root, "config.json"), JSON.stringify(config));
  const restore = (names: readonly string[], out: string, ...options: string[]) =>
    commandLine(
      ...names.map((name) => join(photos, name)),
      ...["--out", out, "--model", model, "--threads", "1", "--restore-sharp", ...options],
    );
  const reference = join(root, "restored");
  const { code, err } = await runNode(restore(PHOTOS, `${reference}/`));
  if (code !== 0) throw new Error(`robustness: the undisturbed run ended with code ${code}: ${err}`);
  let made = 0;
  return {
    ...{ photos, model, checkpoint, restore, restored: contentsOf(reference) },
    train: (runs, run) =>
      commandLine(
        "train",
        ...(run === undefined ? ["--config", join(root, "config.json"), "--out", runs] : ["--resume", join(runs, run)]),
        ...["--data", join(root, "pairs"), "--threads", "1"],
      ),
    folder() {
      const path = join(root, `trial-${made++}`);
      mkdirSync(path);
      return path;
    },
    [Symbol.dispose]: () => rmSync(root, { recursive: true, force: true }),
  };
}

/**
 * Returns the fault of a command's ending: its code, and one plain sentence that contains `what`; null if there is
 * none.
 */
export function endedWith({ code, signal, err }: Ended, expected: number, what: RegExp | null): string | null {
  if (code !== expected) return `ended with ${signal ?? `code ${code}`} instead of ${expected}: ${err.trim()}`;
  const lines = err.split("\n");
  const errors = lines.filter((line) => line.startsWith("error: "));
  const sentences = errors.length > 0 ? errors : lines.filter((line) => line.startsWith("stopped"));
  if (what === null) return sentences.length === 0 ? null : `said ${sentences.join(" ")}`;
  if (sentences.length !== 1) return `said ${sentences.length} sentences instead of one: ${err.trim()}`;
  const message = sentences[0]!.replace(/^error: /, "");
  const fault = messageFault(message);
  if (fault) return `its sentence ${fault}: ${message}`;
  return what.test(message) ? null : `said ${JSON.stringify(message)}, which does not match ${what}`;
}

/** The names in a folder, hidden ones too. */
export const namesIn = (folder: string): string => readdirSync(folder).sort().join(" ");

/** Steps in a run's log. */
export const stepsOf = (run: string): number[] =>
  readFileSync(join(run, "metrics.jsonl"), "utf8")
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line).step);
