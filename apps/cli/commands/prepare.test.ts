/** @file `unblur prepare` on real pictures: the folder it writes, going on after a break, refusals, training on it. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { writeImage } from "../../../platform/node/photos/image-file.js";
import { Rng } from "../../../src/base/random.js";
import { convolve } from "../../../src/blur/convolve.js";
import { gaussianKernel } from "../../../src/blur/simple-kernels.js";
import { rasterFromPlanes } from "../../../src/images/pixels.js";
import { commandLine, stoppableCommandLine } from "../../../test/command-line.js";

const folder = mkdtempSync(join(tmpdir(), "unblur-prepare-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const at = (...names: string[]) => join(folder, ...names);

const config = {
  name: "seeing",
  model: {
    predictor: {
      network: {
        architecture: "residual-unet",
        inChannels: 6,
        unshuffle: 2,
        widths: [4],
        blocks: [1],
        middleBlocks: 0,
      },
      inputs: ["photo", "deconvolution"],
    },
  },
  objective: { kind: "predictor" },
  data: { patchPx: 32, sources: [{ layout: "pairs", path: "." }], deconvolved: { scenes: 3, sidePx: 64 } },
  ...{ batchSize: 2, steps: 2, optimiser: { kind: "adam" }, learningRate: { peak: 1e-3 }, seed: 4 },
};

beforeAll(async () => {
  vi.stubEnv("UNBLUR_CACHE", at("cache"));
  for (const [i, kind] of ["blur", "sharp"].entries()) {
    const data = Rng.fromSeed(i)
      .uniforms(3 * 80 * 80)
      .map((v) => 2 * v - 1);
    const planes = convolve({ width: 80, height: 80, channels: 3, data }, gaussianKernel(7, 1.5));
    mkdirSync(at("photos", kind), { recursive: true });
    await writeImage(at("photos", kind, "1.png"), { raster: rasterFromPlanes(planes), format: "png", metadata: {} });
  }
  writeFileSync(at("config.json"), JSON.stringify(config));
});

const prepare = (out: string, file = "config.json", ...more: string[]) =>
  commandLine("prepare", "--config", at(file), "--data", at("photos"), "--out", at(out), ...more);
const FILES = ["00000.png", "00001.png", "00002.png"];
const DECONVOLVED = "deconvolved-single-5";

test("threads write every part of every scene, go on with what is missing, and training reads it", async () => {
  const { code, out, err } = await prepare("scenes", "config.json", "--threads", "2");
  expect({ code, out }).toEqual({ code: 0, out: `${at("scenes")}\n` });
  expect(err).toContain(`preparing 3 of 3 scenes in ${at("scenes")}`);
  expect(readdirSync(at("scenes")).sort()).toEqual(["blurry", DECONVOLVED, "scenes.json", "sharp"]);
  for (const part of ["blurry", "sharp", DECONVOLVED]) expect(readdirSync(at("scenes", part)).sort()).toEqual(FILES);

  const whole = readFileSync(at("scenes", DECONVOLVED, FILES[1]!));
  rmSync(at("scenes", DECONVOLVED, FILES[1]!));
  expect((await prepare("scenes", "config.json", "--threads", "1")).err).toContain("preparing 1 of 3 scenes");
  expect(readFileSync(at("scenes", DECONVOLVED, FILES[1]!))).toEqual(whole);

  const trained = await commandLine(
    ...["train", "--config", at("config.json"), "--data", at("photos"), "--out", at("runs")],
    ...["--prepared", at("scenes"), "--max-steps", "1", "--threads", "1"],
  );
  expect(trained.code).toBe(0);
  expect(trained.err).not.toContain("preparing");
  // Without a prepared folder training prepares one in the cache: the same patches, so the same losses.
  const unprepared = await commandLine(
    ...["train", "--config", at("config.json"), "--data", at("photos"), "--out", at("runs")],
    ...["--max-steps", "1", "--threads", "1"],
  );
  expect(unprepared.err).toContain("preparing 3 of 3 scenes in ");
  const losses = ["00001-seeing", "00002-seeing"].map(
    (run) => JSON.parse(readFileSync(at("runs", run, "metrics.jsonl"), "utf8").split("\n")[0]!).loss,
  );
  expect(losses[1]).toBe(losses[0]);
  // A resumed run reads the folder it had.
  const resumed = await commandLine(
    ...["train", "--resume", at("runs", "00001-seeing"), "--max-steps", "1", "--threads", "1"],
  );
  expect({ code: resumed.code, prepares: resumed.err.includes("preparing") }).toEqual({ code: 0, prepares: false });
});

test("a folder of other scenes, of something else, and a config without scenes are refused", async () => {
  writeFileSync(at("other.json"), JSON.stringify({ ...config, seed: 5 }));
  const other = await prepare("scenes", "other.json");
  expect(other.code).not.toBe(0);
  expect(other.err).toMatch(/its scenes were drawn from other files, with other settings or another seed/);
  const foreign = await prepare("photos");
  expect(foreign.err).toMatch(/expected an empty folder or one with prepared scenes, got "blur"/);
  const { deconvolved: _, ...data } = config.data;
  const { inputs: __, ...predictor } = config.model.predictor;
  const network = { ...predictor.network, inChannels: 3 };
  writeFileSync(at("plain.json"), JSON.stringify({ ...config, data, model: { predictor: { network } } }));
  const plain = await prepare("none", "plain.json");
  expect(plain.err).toMatch(/has no data.deconvolved/);
  expect(readdirSync(folder)).not.toContain("none");
});

test("Ctrl-C ends with code 130 and leaves whole pictures only", async () => {
  const stop = AbortSignal.abort();
  const stopped = await stoppableCommandLine(
    stop,
    ...["prepare", "--config", at("config.json"), "--data", at("photos"), "--out", at("stopped"), "--threads", "1"],
  );
  expect(stopped.code).toBe(130);
  expect(readdirSync(at("stopped", "blurry"))).toEqual([]);
});
