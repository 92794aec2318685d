/** @file Models by name or path, opened on this machine. */
import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { UnblurError } from "../../src/base/errors.js";
import { MODEL_FILE, readModel } from "../../src/restoration/model-files.js";
import { createRestorer, type Model, type ModelRestorerOptions } from "../../src/restoration/model-restorer.js";
import type { Restorer } from "../../src/restoration/restorer.js";
import { RunFolder } from "./run-folder.js";
import { createRuntime, type RuntimeOptions } from "./runtime.js";
import { loadRunModel } from "./training-run.js";

/** The folder `models/` of this package, from its sources as from `dist/`. */
function packagedModels(): string {
  const here = fileURLToPath(new URL(".", import.meta.url));
  const root = ["../..", "../../.."]
    .map((up) => join(here, up))
    .find((folder) => existsSync(join(folder, "package.json")));
  return join(root ?? here, "models");
}

/** Names of the models that come with the package. */
export async function packagedModelNames(): Promise<readonly string[]> {
  const entries = await readdir(packagedModels(), { withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isDirectory() && existsSync(join(packagedModels(), entry.name, MODEL_FILE)))
    .map(({ name }) => name);
}

/** A model by the name of a packaged one, or by the path of a model folder or a training run. */
export async function loadModel(model: string): Promise<Model> {
  const packaged = join(packagedModels(), model);
  const folder = [packaged, model].find((path) => existsSync(join(path, MODEL_FILE)));
  if (folder) {
    return readModel(async (file) => {
      try {
        return await readFile(join(folder, file));
      } catch (cause) {
        throw new UnblurError(
          "checkpoint",
          `${join(folder, file)}: a file of the model is missing (${String(cause)}); copy the model's folder again`,
          { cause },
        );
      }
    }, folder);
  }
  if (await RunFolder.isRun(model)) return loadRunModel(model);
  const names = await packagedModelNames();
  throw new UnblurError(
    "argument",
    `model "${model}": expected one of ${names.join(", ")}, the path of a model folder (with ${MODEL_FILE}) or of a training run`,
  );
}

export interface LoadRestorerOptions extends RuntimeOptions, ModelRestorerOptions {}

/** A loaded model for restoring. Release it when done; it holds native memory. */
export const openRestorer = (
  model: Model,
  options: LoadRestorerOptions = {},
  runtime = createRuntime({ arena: false, ...options }),
): Restorer => createRestorer(model, runtime, options);

/** Loads a model and opens it. Release it when done; it holds native memory. */
export const loadRestorer = async (model = "default", options: LoadRestorerOptions = {}): Promise<Restorer> =>
  openRestorer(await loadModel(model), options);
