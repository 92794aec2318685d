/** @file `unblur pack` with a model in place of a run. */
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { loadModel } from "../../../platform/node/models/load-model.js";
import { commandLine } from "../../../test/command-line.js";

test("a packaged model's name stands for its folder: its predictor with config and log", async () => {
  const folder = await mkdtemp(join(tmpdir(), "unblur-pack-"));
  const out = join(folder, "mine");
  const about = ["--name", "mine", "--summary", "For tests.", "--license", "MIT"];
  const { code, err } = await commandLine("pack", "--out", out, ...about, "--predictor", "default");
  expect({ code, err }).toEqual({ code: 0, err: "" });
  const [packed, source] = [await loadModel(out), await loadModel("default")];
  expect(packed.config.predictor).toEqual(source.config.predictor);
  expect(await readdir(out)).toEqual(expect.arrayContaining(["predictor.config.json", "predictor.metrics.jsonl"]));
  const config = await readFile(join(out, "predictor.config.json"), "utf8");
  expect(config).toBe(await readFile("models/default/predictor.config.json", "utf8"));
  await rm(folder, { recursive: true });
});
