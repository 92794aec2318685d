/** @file Measures the ranges of the values inside a network on pictures; 8-bit numbers cover these ranges. */
import { compile } from "../graph/compile.js";
import type { Ranges } from "../graph/integers/forms.js";
import { integerSites, roundedTensors } from "../graph/integers/sites.js";
import { neg } from "../graph/ops/arithmetic.js";
import { max } from "../graph/ops/max.js";
import { input, type Tensor } from "../graph/tensor.js";
import type { Planes } from "../images/image.js";
import type { Network } from "../networks/network.js";
import { bindWeights, type Weights } from "../nn/parameters.js";
import { floatResult, floats, type Runtime } from "../runtime/session.js";

/**
 * The least and largest value of each tensor that 8-bit computation rounds, over "signed" pictures of one
 * size that the network accepts.
 */
export async function measureRanges(
  network: Network,
  weights: Weights,
  runtime: Runtime,
  pictures: readonly Planes[],
): Promise<Ranges> {
  const { width, height } = pictures[0]!;
  const image = input("image", [1, network.inChannels, height, width]);
  const result = network.forward({ image }).at(-1)!;
  const bound = bindWeights(network.parameters, weights);
  const rounded = [...roundedTensors(integerSites([result], new Set<Tensor>(bound.keys())))];
  const outputs = Object.fromEntries(
    rounded.flatMap(([, tensor], i) => [
      [`most ${i}`, max(tensor)],
      [`least ${i}`, neg(max(neg(tensor)))],
    ]),
  );
  await using session = await runtime.open(compile({ inputs: [image], outputs, weights: bound }));
  const ranges = new Map(
    rounded.map(([name]) => [name, [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY] as const]),
  );
  for (const { data } of pictures) {
    const results = await session.run({ image: floats(data, image.shape) });
    for (const [i, [name]] of rounded.entries()) {
      const [least, most] = ranges.get(name)!;
      ranges.set(name, [
        Math.min(least, floatResult(results, `least ${i}`)[0]!),
        Math.max(most, floatResult(results, `most ${i}`)[0]!),
      ]);
    }
  }
  return ranges;
}
