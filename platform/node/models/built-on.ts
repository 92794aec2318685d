/** @file The networks that a run builds on, copied into its folder: a run must not change if another run continues. */
import { join } from "node:path";
import { parseWeights, weightsFile } from "../../../src/exchange/model-files.js";
import { createNetwork } from "../../../src/networks/catalog.js";
import type { Parameter } from "../../../src/nn/parameters.js";
import type { Part } from "../../../src/restoration/model-config.js";
import type { Model } from "../../../src/restoration/restorer.js";
import { heldParts } from "../../../src/training/objectives/catalog.js";
import type { RunConfig } from "../../../src/training/run-config.js";
import type { RunFolder } from "../runs/run-folder.js";

export type BuiltOn = Exclude<Part, "diffusion" | "blur" | "knownKernel">;

export const builtOn = ({ model, objective }: RunConfig): readonly BuiltOn[] => [
  ...(model.motion ? (["motion"] as const) : []),
  ...heldParts(model, objective),
];

export const parametersOf = ({ model }: RunConfig, part: BuiltOn): readonly Parameter[] =>
  createNetwork(model[part]!.network).parameters;

/** The weights of these networks, from the run's folder. */
export async function readBuiltOn(run: RunFolder, config: RunConfig): Promise<Model["weights"]> {
  const weights: Model["weights"] = {};
  for (const part of builtOn(config)) {
    const file = weightsFile(part);
    weights[part] = parseWeights(parametersOf(config, part), await run.readFile(file), join(run.path, file));
  }
  return weights;
}
