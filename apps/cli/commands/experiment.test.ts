import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { writeWavePairs } from "../../../test/training/wave-pairs.js";
import { runProgram } from "../program.js";
import { experiment } from "./experiment.js";

let folder: string;
const at = (...parts: string[]) => join(folder, ...parts);
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "unblur-experiment-command-"));
  await writeWavePairs(at("data", "train"), 3, [80, 72]);
  await writeWavePairs(at("data", "test"), 2);
  await writeWavePairs(at("half", "train"), 1);
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
  const program = { name: "unblur", version: "0", summary: "", commands: { experiment: async () => experiment } };
  const full = line.replaceAll("DATA", at("data")).replaceAll("HALF", at("half")).replaceAll("OUT", at("out"));
  const code = await runProgram(program, full.split(" "), { stdout, stderr, signal });
  return { code, out, err };
}

test("--list names every experiment and scale", async () => {
  const { code, out } = await unblur("experiment --list");
  expect(code).toBe(0);
  for (const name of ["table-1", "figure-1", "figure-2", "figure-4", "attention", "sde"])
    expect(out).toMatch(new RegExp(`^${name} `, "m"));
  for (const scale of ["tiny", "small", "paper"]) expect(out).toContain(`--scale ${scale}:`);
});

test("--dry-run reports the training, its data and the estimated time, and writes nothing", async () => {
  const { code, out, err } = await unblur("experiment table-1 --data DATA --out OUT --dry-run --threads 1");
  expect([code, out], err).toEqual([0, ""]);
  expect(err).toMatch(/reduced scale/);
  expect(err).toMatch(/training pairs: 3 in train; test pairs: 2 in test/);
  expect(err).toMatch(/ddpm-128: \d+ steps at 128 px, batch \d+: to train, about \d+/);
  expect(err).toMatch(/^about \d+ .* on this machine/m);
  expect(await readdir(folder)).not.toContain("out");
});

test("--scale paper reports the estimated time here, and that it is meant for a GPU", async () => {
  const { code, err } = await unblur("experiment table-1 --scale paper --data DATA --out OUT --dry-run --threads 1");
  expect(code).toBe(0);
  expect(err).toMatch(/ddpm-64: 1000000 steps at 64 px, batch 8: to train, about \d+ d/);
  expect(err).toMatch(/ddpm-64: .* d( \d+ h)?, 2\.0 GB$/m);
  expect(err).toMatch(/meant for a GPU.* multiply-adds: about .* GB of its memory at most\.$/m);
  expect(err).toMatch(
    new RegExp(
      `unblur experiment table-1 --scale paper --data ${at("data")} --out ${at("out")} --threads 1 --device cuda$`,
      "m",
    ),
  );
  expect(err).not.toMatch(/reduced/);
});

test("Ctrl-C stops training with exit code 130, and a dry run then reports where it continues", async () => {
  const control = new AbortController();
  const stop = (text: string) => /step \d+ of/.test(text) && control.abort();
  const { code, err } = await unblur("experiment attention --data DATA --out OUT --threads 1", control.signal, stop);
  expect(code, err).toBe(130);
  expect(err).toMatch(/stopped on request at step \d+ of .*00001-tiny-ddpm-64, and saved/);
  expect((await unblur("experiment attention --data DATA --out OUT --threads 1 --dry-run")).err).toMatch(
    /linear: .* continues from step \d+/,
  );
});

describe("errors are reported", () => {
  test.each([
    ["no name", "experiment --data DATA", 2, /NAME is missing: one of table-1/],
    ["an unknown name", "experiment table-2 --data DATA", 2, /NAME: expected/],
    ["no data", "experiment table-1", 2, /--data DIR is missing/],
    [
      "no test pairs",
      "experiment table-1 --data HALF",
      1,
      /expected test pairs in one of the folders test, validation/,
    ],
    ["an unknown scale", "experiment table-1 --data DATA --scale huge", 2, /--scale: expected/],
  ])("%s", async (_, line, expectedCode, message) => {
    const { code, err, out } = await unblur(line);
    expect(err).toMatch(message);
    expect([code, out]).toEqual([expectedCode, ""]);
  });
});
