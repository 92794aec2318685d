/**
 * @file DBGAN's generator (Zhang et al. 2020, Deblurring by Realistic Blurring), as its authors publish it: ESRGAN's
 * residual-in-residual dense blocks (Wang et al. 2018) at full size, added to the photo.
 */
import * as z from "zod";
import { add, mul } from "../graph/ops/arithmetic.js";
import { clamp } from "../graph/ops/compare.js";
import { leakyRelu } from "../graph/ops/relu.js";
import { convLayer, type Layer } from "../nn/layers.js";
import { Scope } from "../nn/parameters.js";
import { positiveCount } from "./counts.js";
import type { Network } from "./network.js";
import { denseLayers, ESRGAN_SLOPE, RESIDUAL_SCALE } from "./residual-dense.js";

export const dbganSchema = z.strictObject({
  architecture: z.literal("dbgan"),
  width: positiveCount.default(64).describe("channels between blocks"),
  blocks: positiveCount.default(16).describe("blocks, each of three dense blocks of five convolutions"),
});
export type DbganConfig = z.infer<typeof dbganSchema>;

/** Channels that each convolution of a dense block adds; fixed in published code, whatever its options say. */
const GROWTH = 32;
const [DENSE_CONVS, DENSE_BLOCKS] = [5, 3] as const;

const conv = (scope: Scope, inChannels: number, outChannels: number): Layer =>
  convLayer(scope, { inChannels, outChannels, kernel: 3 });

/** Convolutions that see the results of all before: `conv1.0` to `conv5.0`. */
function denseBlock(scope: Scope, width: number): Layer {
  const convs = Array.from({ length: DENSE_CONVS }, (_, i) =>
    conv(scope.child(`conv${i + 1}`, 0), width + i * GROWTH, i + 1 < DENSE_CONVS ? GROWTH : width),
  );
  const layers = denseLayers(convs, (x) => leakyRelu(x, ESRGAN_SLOPE));
  return (x) => add(mul(layers(x), RESIDUAL_SCALE), x);
}

function residualBlock(scope: Scope, width: number): Layer {
  const blocks = Array.from({ length: DENSE_BLOCKS }, (_, i) => denseBlock(scope.child(`RDB${i + 1}`), width));
  return (x) =>
    add(
      mul(
        blocks.reduce((h, block) => block(h), x),
        RESIDUAL_SCALE,
      ),
      x,
    );
}

/** Converts to the range of the published code: black 0, white 1. */
export function dbgan({ width, blocks: count }: DbganConfig): Network {
  const root = Scope.root();
  const model = root.child("model");
  const head = conv(model.child(0), 3, width);
  // A sequence of one block has no place in its name.
  const blockScope = (i: number): Scope => (count === 1 ? model.child(1, "sub1") : model.child(1, "sub1", i));
  const blocks = Array.from({ length: count }, (_, i) => residualBlock(blockScope(i), width));
  const join = conv(model.child(1, "sub2", 0), width, width);
  const first = conv(model.child(2), width, width);
  const last = conv(model.child(4), width, 3);
  return {
    parameters: root.parameters(),
    inChannels: 3,
    outChannels: 3,
    multiple: 1,
    // A pixel for each convolution along the longest way.
    reachPx: count * DENSE_BLOCKS * DENSE_CONVS + 4,
    forward({ image }) {
      const features = head(image);
      const deep = add(features, join(blocks.reduce((x, block) => block(x), features)));
      return [clamp(add(image, last(leakyRelu(first(deep), ESRGAN_SLOPE))), 0, 1)];
    },
  };
}
