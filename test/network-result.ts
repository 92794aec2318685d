/** @file What a network makes of a square picture, in one window. */
import { createRuntime } from "../platform/node/threads/runtime.js";
import { compile } from "../src/graph/compile.js";
import { input } from "../src/graph/tensor.js";
import type { Network } from "../src/networks/network.js";
import { bindWeights, type Weights } from "../src/nn/parameters.js";
import { floatResult, floats } from "../src/runtime/session.js";

/** `image`: [inChannels, side, side]; the last result. */
export async function networkResult(network: Network, weights: Weights, image: Float32Array): Promise<Float32Array> {
  const side = Math.sqrt(image.length / network.inChannels);
  const shape = [1, network.inChannels, side, side];
  const seen = input("image", shape);
  await using session = await createRuntime({ threads: 1 }).open(
    compile({
      inputs: [seen],
      outputs: { result: network.forward({ image: seen }).at(-1)! },
      weights: bindWeights(network.parameters, weights),
    }),
  );
  return floatResult(await session.run({ image: floats(image, shape) }), "result");
}
