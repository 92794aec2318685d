/** @file Result and multiply-adds of a network for pictures in one window, padded by a loop of its own. */
import { createRuntime } from "../platform/node/threads/runtime.js";
import { compile } from "../src/graph/compile.js";
import { multiplyAdds } from "../src/graph/multiply-adds.js";
import { input } from "../src/graph/tensor.js";
import type { Planes } from "../src/images/image.js";
import type { Network } from "../src/networks/network.js";
import { bindWeights, type Weights } from "../src/nn/parameters.js";
import { floatResult, floats } from "../src/runtime/session.js";

/** Position of a mirror image without a repeated edge: -1 is 1, `length` is `length - 2`. */
function mirrored(at: number, length: number): number {
  if (length === 1) return 0;
  const period = 2 * (length - 1);
  const inside = ((at % period) + period) % period;
  return inside < length ? inside : period - inside;
}

const upTo = (length: number, multiple: number): number => Math.ceil(length / multiple) * multiple;

/**
 * The last result of the network, [outChannels, height, width]. `images` have one size and are joined along their
 * channels; the right and bottom edge are padded by reflection up to the network's multiple.
 */
export async function networkResult(network: Network, weights: Weights, ...images: Planes[]): Promise<Float32Array> {
  const { width, height } = images[0]!;
  const [wide, high] = [upTo(width, network.multiple), upTo(height, network.multiple)];
  const shape = [1, network.inChannels, high, wide];
  const padded: number[] = [];
  for (const { channels, data } of images)
    for (let channel = 0; channel < channels; channel++)
      for (let y = 0; y < high; y++)
        for (let x = 0; x < wide; x++)
          padded.push(data[(channel * height + mirrored(y, height)) * width + mirrored(x, width)]!);
  const seen = input("image", shape);
  await using session = await createRuntime({ threads: 1 }).open(
    compile({
      inputs: [seen],
      outputs: { result: network.forward({ image: seen }).at(-1)! },
      weights: bindWeights(network.parameters, weights),
    }),
  );
  const whole = floatResult(await session.run({ image: floats(Float32Array.from(padded), shape) }), "result");
  return Float32Array.from({ length: network.outChannels * height * width }, (_, i) => {
    const [x, y, channel] = [i % width, Math.floor(i / width) % height, Math.floor(i / (width * height))];
    return whole[(channel * high + y) * wide + x]!;
  });
}

/** The same for one square picture of all channels, [inChannels, side, side]. */
export function squareResult(network: Network, weights: Weights, data: Float32Array): Promise<Float32Array> {
  const side = Math.sqrt(data.length / network.inChannels);
  return networkResult(network, weights, { width: side, height: side, channels: network.inChannels, data });
}

/** Multiply-adds for one picture, padded up to the network's multiple. */
export function networkWork(network: Network, width: number, height: number): number {
  const image = input("image", [1, network.inChannels, upTo(height, network.multiple), upTo(width, network.multiple)]);
  return multiplyAdds([network.forward({ image, level: input("level", [1, 1]) }).at(-1)!]);
}
