/** @file Lists the named models with the cost of their networks. Of the weights it reads the headers only. */
import { join } from "node:path";
import { UnblurError } from "../../../src/base/errors.js";
import {
  checkPartHeader,
  MODEL_FILE,
  type ModelFile,
  parseModelFile,
  weightsFile,
} from "../../../src/exchange/model-files.js";
import {
  parseSafetensorsHeader,
  type SafetensorsHeader,
  safetensorsHeaderLength,
} from "../../../src/exchange/safetensors.js";
import { type Architecture, createNetwork } from "../../../src/networks/catalog.js";
import { type NetworkCost, networkCost } from "../../../src/networks/cost.js";
import { defaultSteps, PARTS, type Part } from "../../../src/restoration/model-config.js";
import { openRegular, readRegularText } from "../files/read-regular.js";
import { type NamedFolder, namedModels, strayFolders } from "./model-folders.js";

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

/** A model that cannot be used, with the reason. The values of its weights are not read. */
export interface UnreadableModel extends NamedFolder {
  readonly problem: string;
}

/** All named models, those of the package first; at the end the folders among the installed ones that hold none. */
export async function listModels(): Promise<readonly (ListedModel | UnreadableModel)[]> {
  const listed = await Promise.all(
    (await namedModels()).map(async (named) => {
      const path = join(named.folder, MODEL_FILE);
      try {
        const file = parseModelFile(await readRegularText(path), path);
        await checkWeights(named.folder, file.model);
        return { ...named, ...described(file) };
      } catch (error) {
        const problem = error instanceof UnblurError ? error.message : `${path}: it cannot be read (${String(error)})`;
        return { ...named, problem };
      }
    }),
  );
  return [...listed, ...(await strayFolders())];
}

/** Throws `checkpoint` if a part's file is missing, cut, or another network's, as far as its header and length tell. */
async function checkWeights(folder: string, model: ModelFile["model"]): Promise<void> {
  for (const part of PARTS) {
    const config = model[part];
    if (!config) continue;
    const path = join(folder, weightsFile(part));
    const header = await readHeader(path).catch((cause: unknown) => {
      if (cause instanceof UnblurError) throw cause;
      throw new UnblurError(
        "checkpoint",
        `${path}: it cannot be read (${String(cause)}); copy the model's folder again`,
      );
    });
    checkPartHeader(createNetwork(config.network).parameters, header, path);
  }
}

async function readHeader(path: string): Promise<SafetensorsHeader> {
  await using file = await openRegular(path);
  const { size } = await file.stat();
  const read = async (from: number, length: number) => {
    const { buffer, bytesRead } = await file.read(new Uint8Array(length), 0, length, from);
    return buffer.subarray(0, bytesRead);
  };
  const length = safetensorsHeaderLength(await read(0, 8), size, path);
  return parseSafetensorsHeader(await read(8, length), size - 8 - length, path);
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
