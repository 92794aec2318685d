/** @file Finds models by name or path: their descriptions, and their weights. */
import { join } from "node:path";
import { UnblurError } from "../../../src/base/errors.js";
import { type DescribedModel, MODEL_FILE, readDescription } from "../../../src/exchange/model-files.js";
import { unknownModel } from "../../../src/library/settings.js";
import type { Model } from "../../../src/restoration/restorer.js";
import { parseRunConfig } from "../../../src/training/run-config.js";
import { loadNewestCheckpoint } from "../../../src/training/run-store.js";
import { trainedConfig, trainedModel, weightsFromState } from "../../../src/training/trained-model.js";
import { readRegular } from "../files/read-regular.js";
import { RunFolder } from "../runs/run-folder.js";
import { readBuiltOn } from "./built-on.js";
import { installedModelNames, installedModels, modelFolder, modelPair, packagedModelNames } from "./model-folders.js";

/**
 * Finds a model by the name of a packaged or installed model, or by the path of a model folder or a training run, and
 * reads its description. Throws `argument` for an unknown one.
 */
export async function findModel(model: string): Promise<DescribedModel> {
  const folder = modelFolder(model);
  if (folder) {
    return readDescription(async (file) => {
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
  if (await RunFolder.isRun(model)) return findRunModel(model);
  if (modelPair(model))
    throw new UnblurError(
      "argument",
      `model "${model}": two models in a row can restore photos and be evaluated, and nothing else; name one of them`,
    );
  const [packaged, installed] = [await packagedModelNames(), await installedModelNames()];
  throw unknownModel(
    model,
    `${packaged.join(", ")} (of the package), ` +
      `${installed.length > 0 ? installed.join(", ") : "none yet"} (installed in ${installedModels()}), ` +
      `the path of a model folder (with ${MODEL_FILE}) or of a training run${model.includes("+") ? "; of two models with a plus sign between them, each must be one of these names or model folders" : ""}`,
  );
}

/** Loads a model with its weights, found as by `findModel`. */
export const loadModel = async (model: string): Promise<Model> => (await findModel(model)).load();

/** Loads the model of a run at its newest intact checkpoint, with averaged weights if it has them. */
export const loadRunModel = async (path: string): Promise<Model> => (await findRunModel(path)).load();

async function findRunModel(path: string): Promise<DescribedModel> {
  const run = await RunFolder.open(path);
  const config = parseRunConfig(await run.readConfig(), `${path}: config`);
  const { name, model, objective } = config;
  return {
    ...{ name, config: trainedConfig(model, objective) },
    async load() {
      const { checkpoint } = await loadNewestCheckpoint(run, null);
      const weights = weightsFromState(checkpoint.state);
      return trainedModel(name, model, objective, weights, await readBuiltOn(run, config));
    },
  };
}
