/**
 * @file A model whose restorations are known without a reference: our network as it is before training, when every block and the last
 * convolution are zero and only the photo that is added to the result remains. It runs the whole way: files, graphs, windows.
 */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Rng } from "../src/base/random.js";
import { createNetwork } from "../src/networks/catalog.js";
import { initialWeights } from "../src/nn/parameters.js";
import { modelConfigSchema } from "../src/restoration/model-config.js";
import { encodeWeights, MODEL_FILE, weightsFile } from "../src/restoration/model-files.js";

/** Writes the model's folder. A larger `width` computes the same, slower. `added` is what it adds to each value of the photo, [-1, 1]. */
export async function writeIdentityModel(folder: string, width = 8, added = 0): Promise<void> {
  const model = modelConfigSchema.parse({
    predictor: {
      network: {
        architecture: "residual-unet",
        inChannels: 3,
        widths: [width],
        blocks: [1],
        middleBlocks: 0,
        addInput: true,
      },
    },
  });
  const { parameters } = createNetwork(model.predictor!.network);
  const weights = initialWeights(parameters, Rng.fromSeed(1));
  weights.get("tail.bias")!.fill(added);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, weightsFile("predictor")), encodeWeights(parameters, weights, "F32", {}));
  const about = { format: "unblur model 1", name: "identity", summary: "Changes nothing.", license: "MIT", model };
  await writeFile(join(folder, MODEL_FILE), JSON.stringify(about));
}
