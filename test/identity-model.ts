/**
 * @file A model whose restorations are known without a reference: our network as it is before training, when every
 * block and the last convolution are zero and only the photo that is added to the result remains. It runs the whole
 * way: files, graphs, windows.
 */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Rng } from "../src/base/random.js";
import { encodeWeights, MODEL_FILE, weightsFile } from "../src/exchange/model-files.js";
import { createNetwork, type NetworkConfig, networkConfigSchema } from "../src/networks/catalog.js";
import { initialWeights, type Weights } from "../src/nn/parameters.js";
import { type ModelConfig, modelConfigSchema } from "../src/restoration/model-config.js";

/**
 * Writes the model's folder. A larger `width` computes the same, slower. `added` is what it adds to each value of the
 * photo, [-1, 1]. With a `scale` it gives the photo's bicubic enlargement.
 */
export async function writeIdentityModel(
  folder: string,
  width = 8,
  added = 0,
  scale: ModelConfig["scale"] = undefined,
): Promise<void> {
  const network = networkConfigSchema.parse({
    architecture: "residual-unet",
    inChannels: 3,
    widths: [width],
    blocks: [1],
    middleBlocks: 0,
    addInput: true,
  });
  const weights = initialWeights(createNetwork(network).parameters, Rng.fromSeed(1));
  weights.get("tail.bias")!.fill(added);
  await writePredictor(folder, { name: "identity", network, weights, scale });
}

/** Writes the folder of a model that is a predictor alone. */
export async function writePredictor(
  folder: string,
  {
    name,
    network,
    weights,
    scale,
  }: {
    readonly name: string;
    readonly network: NetworkConfig;
    readonly weights: Weights;
    readonly scale?: ModelConfig["scale"];
  },
): Promise<void> {
  const { parameters } = createNetwork(network);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, weightsFile("predictor")), encodeWeights(parameters, weights, "F32", {}));
  const model = modelConfigSchema.parse({ predictor: { network }, scale });
  const about = { format: "unblur model 1", name, summary: "For tests.", license: "MIT", model };
  await writeFile(join(folder, MODEL_FILE), JSON.stringify(about));
}
