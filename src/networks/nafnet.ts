/**
 * @file NAFNet (Chen et al. 2022, Simple Baselines for Image Restoration): a U-Net whose blocks have no activation
 * functions, only products. With local pooling it is the published NAFNetLocal, with the same weights.
 */
import * as z from "zod";
import { argumentError } from "../base/errors.js";
import { add, mul } from "../graph/ops/arithmetic.js";
import { layerNorm2d } from "../graph/ops/normalize.js";
import { pixelShuffle } from "../graph/ops/pixel-shuffle.js";
import { pad, slice } from "../graph/ops/shape.js";
import type { Tensor } from "../graph/tensor.js";
import { ones, zeros } from "../nn/init.js";
import { convLayer, type Layer } from "../nn/layers.js";
import { Scope } from "../nn/parameters.js";
import { contextPool, poolingSchema } from "../nn/pooling.js";
import { positiveCount, wholeCount } from "./counts.js";
import type { Network } from "./network.js";

const counts = z.array(wholeCount).min(1);

export const nafnetSchema = z.strictObject({
  architecture: z.literal("nafnet"),
  width: positiveCount.default(32).describe("channels at the finest level; each coarser level has twice as many"),
  encoderBlocks: counts.default([1, 1, 1, 28]).describe("blocks at each level on the way down, from fine to coarse"),
  middleBlocks: wholeCount.default(1).describe("blocks at the coarsest level"),
  decoderBlocks: counts.default([1, 1, 1, 1]).describe("blocks at each level on the way up, from coarse to fine"),
  pooling: poolingSchema,
});
export type NafnetConfig = z.infer<typeof nafnetSchema>;

/** Product of the two halves of the channels. */
function simpleGate(x: Tensor): Tensor {
  const channels = x.shape[1]!;
  return mul(slice(x, 1, 0, channels / 2), slice(x, 1, channels / 2, channels));
}

function norm(scope: Scope, channels: number): Layer {
  const [weight, bias] = [scope.parameter("weight", [channels], ones), scope.parameter("bias", [channels], zeros)];
  return (x) => layerNorm2d(x, weight, bias);
}

/** [N, channels, H, W] -> the same. `pool`: averaging of the simplified channel attention. */
export function nafBlock(scope: Scope, channels: number, pool: Layer): Layer {
  const conv = (name: string, inChannels: number, outChannels: number): Layer =>
    convLayer(scope.child(name), { inChannels, outChannels, kernel: 1 });
  const scale = (name: string): Tensor => scope.parameter(name, [1, channels, 1, 1], zeros);
  const [beta, gamma] = [scale("beta"), scale("gamma")];
  const widen1 = conv("conv1", channels, 2 * channels);
  const wide = { inChannels: 2 * channels, outChannels: 2 * channels, groups: 2 * channels };
  const depthwise = convLayer(scope.child("conv2"), { ...wide, kernel: 3 });
  const project1 = conv("conv3", channels, channels);
  const attend = conv("sca.1", channels, channels);
  const widen2 = conv("conv4", channels, 2 * channels);
  const project2 = conv("conv5", channels, channels);
  const [norm1, norm2] = [norm(scope.child("norm1"), channels), norm(scope.child("norm2"), channels)];
  return (x) => {
    const gated = simpleGate(depthwise(widen1(norm1(x))));
    const y = add(x, mul(project1(mul(gated, attend(pool(gated)))), beta));
    return add(y, mul(project2(simpleGate(widen2(norm2(y)))), gamma));
  };
}

/** Pads with zeros on the right and below to the next multiple, as the published code does. */
function padTo(image: Tensor, multiple: number): Tensor {
  const missing = image.shape.map((n, axis) => [0, axis < 2 ? 0 : (multiple - (n % multiple)) % multiple]);
  return pad(image, missing);
}

export function nafnet({ width, encoderBlocks, middleBlocks, decoderBlocks, pooling }: NafnetConfig): Network {
  const levels = encoderBlocks.length;
  if (decoderBlocks.length !== levels)
    throw argumentError("nafnet", `decoderBlocks must have as many levels as encoderBlocks, ${levels}`, decoderBlocks);
  const root = Scope.root();
  const blocks = (name: string, index: readonly number[], count: number, level: number): Layer => {
    const pool = contextPool(pooling, 2 ** level);
    const list = Array.from({ length: count }, (_, k) =>
      nafBlock(root.child(name, ...index, k), width * 2 ** level, pool),
    );
    return (x) => list.reduce((h, block) => block(h), x);
  };
  const intro = convLayer(root.child("intro"), { inChannels: 3, outChannels: width, kernel: 3 });
  const ending = convLayer(root.child("ending"), { inChannels: width, outChannels: 3, kernel: 3 });
  const down = encoderBlocks.map((count, level) => {
    const channels = width * 2 ** level;
    return {
      blocks: blocks("encoders", [level], count, level),
      halve: convLayer(root.child("downs", level), {
        inChannels: channels,
        outChannels: 2 * channels,
        kernel: 2,
        stride: 2,
        padding: 0,
      }),
    };
  });
  const middle = blocks("middle_blks", [], middleBlocks, levels);
  const up = decoderBlocks.map((count, i) => {
    const level = levels - 1 - i;
    const channels = width * 2 ** (level + 1);
    const shape = { inChannels: channels, outChannels: 2 * channels, kernel: 1, bias: false };
    const widen = convLayer(root.child("ups", i, 0), shape);
    return { enlarge: (x: Tensor) => pixelShuffle(widen(x), 2), blocks: blocks("decoders", [i], count, level) };
  });

  return {
    parameters: root.parameters(),
    inChannels: 3,
    outChannels: 3,
    multiple: 1,
    padsTo: 2 ** levels,
    reachPx: null, // local pooling bounds it, but the windows of all blocks add up to more than a photo
    forward({ image }) {
      const padded = padTo(image, 2 ** levels);
      const skips: Tensor[] = [];
      let x = intro(padded);
      for (const { blocks, halve } of down) {
        x = blocks(x);
        skips.push(x);
        x = halve(x);
      }
      x = middle(x);
      for (const { enlarge, blocks } of up) x = blocks(add(enlarge(x), skips.pop()!));
      const [height, width] = image.shape.slice(-2) as [number, number];
      return [slice(slice(add(ending(x), padded), 2, 0, height), 3, 0, width)];
    },
  };
}
