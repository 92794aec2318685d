/** @file Every file under configs/ is complete: what a run resolves it to is what it says, default for default. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parameterCounts } from "../platform/node/runs/training-run.js";
import { parseRunConfig } from "../src/training/run-config.js";

const ROOT = join(import.meta.dirname, "..", "configs");
const files = readdirSync(ROOT, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".json"));
const read = (name: string): unknown => JSON.parse(readFileSync(join(ROOT, name), "utf8"));

test("there are some", () => {
  expect(files.length).toBeGreaterThanOrEqual(3);
});

test.each(files)("%s is valid and complete", (name) => {
  expect(parseRunConfig(read(name), name)).toEqual(read(name));
});

describe("the paper's", () => {
  const DIFFUSIONS = ["ddpm-64", "ddpm-128", "sde-vp", "sde-sub-vp", "sde-ve"].map((name) => `paper/${name}.json`);
  test.each(DIFFUSIONS)("%s has exactly its number of parameters", (name) => {
    expect(parameterCounts(parseRunConfig(read(name), name))).toEqual({ trained: 20_743_011, model: 20_743_011 });
  });
});

test.each([
  ["rcan", 15_296_955],
  ["han", 15_776_345],
  ["hinet", 88_668_806],
  ["mprnet", 20_127_073],
  ["mimo-unet", 6_807_171],
  ["mimo-unet-plus", 16_107_651],
  ["nafnet-32", 17_111_907],
  ["nafnet-64", 67_888_835],
])("baselines/%s.json has exactly the published number of parameters", (name, count) => {
  const file = `baselines/${name}.json`;
  expect(parameterCounts(parseRunConfig(read(file), file)).model).toBe(count);
});

test("a model's parameters are those of all its networks, the motion network's too", () => {
  const config = parseRunConfig(JSON.parse(readFileSync("models/fast/diffusion.config.json", "utf8")), "fast");
  expect(parameterCounts(config)).toEqual({ trained: 888_132, model: 814_901 + 2_899_100 + 888_132 });
});
