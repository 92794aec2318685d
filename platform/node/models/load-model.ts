/** @file Loads weights and config of models by name or path. */
import { join } from "node:path";
import { UnblurError } from "../../../src/base/errors.js";
import { MODEL_FILE, readModel } from "../../../src/exchange/model-files.js";
import type { Model } from "../../../src/restoration/restorer.js";
import { parseRunConfig } from "../../../src/training/run-config.js";
import { loadNewestCheckpoint } from "../../../src/training/run-store.js";
import { trainedModel, weightsFromState } from "../../../src/training/trained-model.js";
import { readRegular } from "../files/read-regular.js";
import { RunFolder } from "../runs/run-folder.js";
import { readBuiltOn } from "./built-on.js";
import { installedModelNames, installedModels, modelFolder, modelPair, packagedModelNames } from "./model-folders.js";

/** Loads a model by the name of a packaged or installed model, or by the path of a model folder or a training run. */
export async function loadModel(model: string): Promise<Model> {
  const folder = modelFolder(model);
  if (folder) {
    return readModel(async (file) => {
      try {
        return await readRegular(join(folder, file));
      } catch (cause) {
        throw new UnblurError(
          "checkpoint",
          `${join(folder, file)}: a file of the model cannot be read (${String(cause)}); copy the model's folder again`,
          { cause },
        );
      }
    }, folder);
  }
  if (await RunFolder.isRun(model)) return loadRunModel(model);
  if (modelPair(model))
    throw new UnblurError(
      "argument",
      `model "${model}": two models in a row can restore photos, and nothing else; name one of them`,
    );
  const [packaged, installed] = [await packagedModelNames(), await installedModelNames()];
  throw new UnblurError(
    "argument",
    `model "${model}": expected one of ${packaged.join(", ")} (of the package), ` +
      `${installed.length > 0 ? installed.join(", ") : "none yet"} (installed in ${installedModels()}), ` +
      `the path of a model folder (with ${MODEL_FILE}) or of a training run`,
  );
}

/** Loads the model of a run at its newest intact checkpoint, with averaged weights if it has them. */
export async function loadRunModel(path: string): Promise<Model> {
  const run = await RunFolder.open(path);
  const config = parseRunConfig(await run.readConfig(), `${path}: config`);
  const { checkpoint } = await loadNewestCheckpoint(run, null);
  const weights = weightsFromState(checkpoint.state);
  return trainedModel(config.name, config.model, config.objective, weights, await readBuiltOn(run, config));
}
