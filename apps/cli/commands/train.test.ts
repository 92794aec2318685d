import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { writeWavePairs } from "../../../test/training/wave-pairs.js";
import { runProgram } from "../program.js";
import { train } from "./train.js";

let folder: string;
const at = (...parts: string[]) => join(folder, ...parts);

const config = {
  name: "waves",
  model: {
    predictor: {
      network: {
        architecture: "residual-unet",
        inChannels: 3,
        unshuffle: 1,
        widths: [8],
        blocks: [1],
        middleBlocks: 0,
      },
    },
  },
  objective: { kind: "predictor" },
  data: { sources: [{ layout: "pairs", path: "." }], patchPx: 16 },
  batchSize: 2,
  steps: 30,
  optimiser: { kind: "adam" },
  learningRate: { peak: 1e-3 },
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "unblur-train-command-"));
  await writeWavePairs(at("data"), 4);
  await writeFile(at("config.json"), JSON.stringify(config));
  await writeFile(at("validated.json"), JSON.stringify({ ...config, validation: { path: "../empty", everySteps: 3 } }));
  await writeFile(at("rounds.json"), JSON.stringify({ ...config, rounds: {} }));
  await mkdir(at("empty"));
});
afterAll(() => rm(folder, { recursive: true }));

async function unblur(line: string, signal = new AbortController().signal, onErr: (text: string) => void = () => {}) {
  let [out, err] = ["", ""];
  const stdout = { write: (text: string) => (out += text) };
  const stderr = {
    write(text: string) {
      err += text;
      onErr(text);
    },
  };
  const program = { name: "unblur", version: "0", summary: "", commands: { train: async () => train } };
  const code = await runProgram(program, line.split(" "), { stdout, stderr, signal });
  return { code, out, err };
}

const metricsOf = async (run: string) =>
  (await readFile(join(run, "metrics.jsonl"), "utf8"))
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line).step);

test("--dry-run prints the complete config, the number of parameters and the cost, and writes nothing", async () => {
  const { code, out, err } = await unblur(`train --config ${at("config.json")} --out ${at("none")} --dry-run`);
  expect(code).toBe(0);
  const { parameters, cost, config: resolved } = JSON.parse(out);
  // head 3->8, two convolutions 8->8, tail 8->3, all 3x3 with bias
  const count = 3 * 8 * 9 + 8 + 2 * (8 * 8 * 9 + 8) + 8 * 3 * 9 + 3;
  expect(parameters).toEqual({ trained: count, model: count });
  expect(cost.hours).toBeGreaterThan(0);
  expect(err).toMatch(/^about .* here and 0\.0 GB of memory, estimated$/m);
  expect(resolved).toMatchObject({
    ...config,
    keep: 3,
    ema: null,
    optimiser: { kind: "adam", beta1: 0.9, beta2: 0.999 },
  });
  expect(await readdir(folder)).not.toContain("none");
});

test("a config that an editor wrote with a byte-order mark is read", async () => {
  await writeFile(at("marked.json"), `\uFEFF${await readFile(at("config.json"), "utf8")}`);
  const { code, err } = await unblur(`train --config ${at("marked.json")} --out ${at("none")} --dry-run`);
  expect(code, err).toBe(0);
});

test("--photos --dry-run tells the plan of a model of one's own, and writes nothing", async () => {
  const before = await readdir(folder);
  const { code, out, err } = await unblur(`train --photos ${at("data")} --out ${at("none")} --threads 1 --dry-run`);
  expect(code, err).toBe(0);
  const lines = out.trim().split("\n");
  expect(lines).toHaveLength(5);
  expect(lines[0]).toBe(`${at("data")}: 8 photos`);
  expect(lines[1]).toMatch(/these are few: with less than 30/);
  expect(lines[2]).toMatch(/^first: 200 blurred scenes of 448 px/);
  expect(lines[3]).toBe('then: "fast" is trained for 1200 steps of 8 crops of 128 px');
  expect(lines[4]).toMatch(/^about .+ here and \d+\.\d GB of memory, estimated$/);
  expect(await readdir(folder)).toEqual(before);
});

describe("a run", () => {
  test("is trained, stopped by --max-steps, and resumed without naming the data again", async () => {
    const first = await unblur(
      `train --config ${at("config.json")} --data ${at("data")} --out ${at("runs")} --threads 1 --max-steps 12`,
    );
    expect(first, first.err).toMatchObject({ code: 0, out: `${at("runs", "00001-waves")}\n` });
    expect(first.err).toMatch(/step 12 of 30/);
    const second = await unblur(`train --resume 00001-waves --out ${at("runs")} --threads 1`);
    expect(second, second.err).toMatchObject({ code: 0, out: first.out });
    expect(second.err).toMatch(/resuming from step-00000012/);
    expect(await metricsOf(first.out.trim())).toEqual(Array.from({ length: 30 }, (_, i) => i + 1));
  });

  test("reports the pairs that it leaves out: the first by name, all of them in its folder", async () => {
    await writeWavePairs(at("holes"), 9);
    for (let i = 2; i < 9; i++) await rm(at("holes", "blur", `${i}.png`));
    const { code, err, out } = await unblur(
      `train --config ${at("config.json")} --data ${at("holes")} --out ${at("runs")} --threads 1 --max-steps 1`,
    );
    expect(code, err).toBe(0);
    expect(err.match(/left out: .*no blurry partner/g)).toHaveLength(5);
    expect(err).toMatch(/left out: 7 in all/);
    expect((await readFile(join(out.trim(), "left-out.txt"), "utf8")).match(/no blurry partner/g)).toHaveLength(7);
  });

  test("is saved on Ctrl-C, with exit code 130", async () => {
    const control = new AbortController();
    const long = at("long.json");
    await writeFile(long, JSON.stringify({ ...config, steps: 1_000_000 }));
    const stop = (text: string) => {
      if (/images\/s/.test(text)) control.abort(); // the first line of progress
    };
    const { code, out } = await unblur(
      `train --config ${long} --data ${at("data")} --out ${at("runs")} --threads 1`,
      control.signal,
      stop,
    );
    expect(code).toBe(130);
    const run = out.trim();
    const last = (await metricsOf(run)).at(-1);
    expect((await readFile(join(run, "checkpoints", "latest"), "utf8")).trim()).toBe(
      `step-${String(last).padStart(8, "0")}.safetensors`,
    );
  });
});

describe("errors are reported, and nothing is written", () => {
  test.each([
    ["neither config nor run", "train", 2, /--photos DIR.*--config FILE.*--resume RUN/],
    ["both", "train --config a.json --resume b", 2, /--config FILE.*--resume RUN/],
    ["photos and a config", "train --photos DATA --config a.json", 2, /give one of --photos DIR/],
    ["photos and data", "train --photos DATA --data DATA", 2, /--photos names the folder.*leave out --data/],
    ["photos that are no folder", "train --photos CONFIG", 2, /--photos: ".*" is not a folder/],
    [
      "a folder without photos",
      "train --photos EMPTY",
      1,
      /no photos in this folder; expected sharp photos, 30 or more/,
    ],
    ["no data", "train --config CONFIG", 2, /--data DIR is missing/],
    ["data that is not a folder", "train --config CONFIG --data CONFIG", 2, /is not a folder/],
    ["a validation without pairs", "train --config VALIDATED --data DATA", 1, /empty/],
    ["a config that is missing", "train --config none.json --data DATA", 1, /none\.json: it cannot be read/],
    ["a run that is missing", "train --resume none --data DATA", 1, /folder of a run/],
    ["a store without a queue", "train --config CONFIG --data DATA --store DATA", 2, /--queue, --store: expected both/],
    ["workers without a queue", "train --config CONFIG --data DATA --workers 2", 2, /--queue, --store: expected both/],
    [
      "a config in rounds without a queue",
      "train --config ROUNDS --data DATA",
      2,
      /"rounds".*give --queue and --store/,
    ],
    [
      "a queue with --photos whose scenes have no place",
      "train --photos DATA --queue redis://127.0.0.1:1 --store DATA",
      2,
      /expected --prepared/,
    ],
    [
      "data outside the store",
      "train --config CONFIG --data DATA --queue redis://127.0.0.1:1 --store EMPTY",
      2,
      /expected a path below the store/,
    ],
    ["steps that are not a number", "train --config CONFIG --max-steps many", 2, /--max-steps: expected an integer/],
  ])("%s", async (_, line, expectedCode, message) => {
    const before = await readdir(folder);
    const full = line
      .replaceAll("CONFIG", at("config.json"))
      .replaceAll("VALIDATED", at("validated.json"))
      .replaceAll("ROUNDS", at("rounds.json"))
      .replaceAll("DATA", at("data"))
      .replaceAll("EMPTY", at("empty"));
    const { code, err, out } = await unblur(`${full} --out ${at("wrong")}`);
    expect(err).toMatch(message);
    expect([code, out]).toEqual([expectedCode, ""]);
    expect(await readdir(folder)).toEqual(before);
  });
});
