/** @file Lists the named models with the cost of their networks, without reading weights. */
import { join } from "node:path";
import { UnblurError } from "../../../src/base/errors.js";
import { MODEL_FILE, type ModelFile, parseModelFile } from "../../../src/exchange/model-files.js";
import type { Architecture } from "../../../src/networks/catalog.js";
import { type NetworkCost, networkCost } from "../../../src/networks/cost.js";
import { defaultSteps, PARTS, type Part } from "../../../src/restoration/model-config.js";
import { readRegularText } from "../files/read-regular.js";
import { type NamedFolder, namedModels } from "./model-folders.js";

export interface ListedPart extends NetworkCost {
  readonly part: Part;
  readonly architecture: Architecture;
}

export interface ListedModel extends NamedFolder {
  readonly summary: string;
  readonly license: string;
  /** Default number of diffusion steps. */
  readonly steps: number;
  /** Results have so many times the photo's width and height. */
  readonly scale: number;
  readonly parts: readonly ListedPart[];
}

/** A model whose description cannot be read, with the reason. */
export interface UnreadableModel extends NamedFolder {
  readonly problem: string;
}

export async function listModels(): Promise<readonly (ListedModel | UnreadableModel)[]> {
  return Promise.all(
    (await namedModels()).map(async (named) => {
      const path = join(named.folder, MODEL_FILE);
      try {
        return { ...named, ...described(parseModelFile(await readRegularText(path), path)) };
      } catch (error) {
        const problem = error instanceof UnblurError ? error.message : `${path}: cannot be read (${String(error)})`;
        return { ...named, problem };
      }
    }),
  );
}

const described = ({ summary, license, model }: ModelFile) => ({
  summary,
  license,
  steps: defaultSteps(model),
  scale: model.scale ?? 1,
  parts: PARTS.flatMap((part) => {
    const network = model[part]?.network;
    return network ? [{ part, architecture: network.architecture, ...networkCost(network) }] : [];
  }),
});
