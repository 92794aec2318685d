import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { writeIdentityModel } from "../../../test/identity-model.js";
import { oldName, partName } from "../files/leftovers.js";
import { installedModelNames, installedModels, modelFolder } from "./model-folders.js";

let folder: string;
const before = process.env.UNBLUR_HOME;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "unblur-folders-"));
  process.env.UNBLUR_HOME = folder;
});
afterEach(() => {
  rmSync(folder, { recursive: true });
  if (before === undefined) delete process.env.UNBLUR_HOME;
  else process.env.UNBLUR_HOME = before;
});

/**
 * An installed model as left by a process that was killed while replacing it, after the first of its two renames.
 */
async function killedReplacement(name: string, running: boolean): Promise<string> {
  const child = spawn(process.execPath, ["-e", ""]);
  await new Promise((resolve) => child.once("exit", resolve));
  const path = join(installedModels(), name);
  await writeIdentityModel(path);
  const marked = (hidden: string) => {
    const file = basename(hidden);
    return join(dirname(hidden), running ? file : file.replace(/\.\d+-/, `.${child.pid}-`));
  };
  renameSync(path, marked(oldName(path)));
  mkdirSync(marked(partName(path)));
  return path;
}

test.each(["by its name", "in the list"])("a model whose replacement was killed is found again %s", async (how) => {
  const path = await killedReplacement("mine", false);
  if (how === "by its name") expect(modelFolder("mine")).toBe(path);
  else expect(await installedModelNames()).toEqual(["mine"]);
  expect(readdirSync(path)).toContain("model.json");
});

test("a model that is being replaced is left to the replacing process", async () => {
  await killedReplacement("mine", true);
  expect(modelFolder("mine")).toBeUndefined();
  expect(await installedModelNames()).toEqual([]);
});
