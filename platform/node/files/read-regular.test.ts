/** @file Files of models that are no files: a pipe without a writer, a device without an end, a folder. */
import { execFileSync } from "node:child_process";
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { writeIdentityModel } from "../../../test/identity-model.js";
import { listModels } from "../models/list-models.js";
import { loadModel } from "../models/load-model.js";
import { RunFolder } from "../runs/run-folder.js";
import { openFileSource } from "./file-source.js";
import { readRegular, readRegularText } from "./read-regular.js";

let folder: string;
const at = (...names: string[]) => join(folder, ...names);
const before = process.env.UNBLUR_HOME;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "unblur-regular-"));
  process.env.UNBLUR_HOME = at("home");
});
afterEach(async () => {
  await rm(folder, { recursive: true });
  if (before === undefined) delete process.env.UNBLUR_HOME;
  else process.env.UNBLUR_HOME = before;
});

/** Makes something else than a file under a name. */
const OTHERS = {
  "a pipe": (path: string) => execFileSync("mkfifo", [path]),
  "an endless device": (path: string) => symlink("/dev/zero", path),
  "a folder": (path: string) => mkdir(path),
};

test("a file is read, also through a link", async () => {
  await writeFile(at("a"), "grüße");
  await symlink(at("a"), at("b"));
  expect(await readRegularText(at("b"))).toBe("grüße");
  expect([...(await readRegular(at("a")))]).toEqual([...Buffer.from("grüße")]);
  await expect(readRegular(at("none"))).rejects.toMatchObject({ code: "ENOENT" });
});

describe.each(Object.entries(OTHERS))("%s", (_, make) => {
  test("is refused at once", { timeout: 5000 }, async () => {
    await make(at("other"));
    await expect(readRegular(at("other"))).rejects.toThrow("it is not a file");
    await expect(openFileSource(at("other"))).rejects.toThrow(/cannot be read .*not a file/);
  });

  test("in place of a model's weights or description is one sentence", { timeout: 5000 }, async () => {
    await writeIdentityModel(at("home", "models", "same"));
    await cp(at("home", "models", "same"), at("home", "models", "other"), { recursive: true });
    await rm(at("home", "models", "same", "predictor.safetensors"));
    await make(at("home", "models", "same", "predictor.safetensors"));
    await expect(loadModel("same")).rejects.toThrow(/predictor.safetensors: .*cannot be read .*not a file/);
    await rm(at("home", "models", "other", "model.json"));
    await make(at("home", "models", "other", "model.json"));
    const problems = (await listModels()).filter(({ name }) => name === "other");
    expect(problems).toEqual([expect.objectContaining({ problem: expect.stringMatching(/not a file/) })]);
  });

  test("in place of a run's config is one sentence", { timeout: 5000 }, async () => {
    await mkdir(at("run", "checkpoints"), { recursive: true });
    await make(at("run", "config.json"));
    const config = RunFolder.open(at("run")).then((run) => run.readConfig());
    await expect(config).rejects.toThrow(/config.* cannot be read .*not a file/);
  });
});
