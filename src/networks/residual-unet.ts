/**
 * @file This project's restorer: a U-shaped network of plain residual blocks on pixel-unshuffled images. It has no
 * attention and no global statistics, and it normalises, if at all, over the channels of each pixel. A pixel's result
 * therefore depends on a bounded neighbourhood: any size works, and tiles are exact. Its dense 3x3 convolutions are the
 * fastest per multiplication on the engine.
 */
import * as z from "zod";
import { argumentError } from "../base/errors.js";
import { add, mul, sub } from "../graph/ops/arithmetic.js";
import { constant } from "../graph/ops/constant.js";
import { cos, sin } from "../graph/ops/elementwise.js";
import { pixelShuffle, pixelUnshuffle } from "../graph/ops/pixel-shuffle.js";
import { concat, slice } from "../graph/ops/shape.js";
import { silu } from "../graph/ops/silu.js";
import type { Tensor } from "../graph/tensor.js";
import { scaledNormal, zeros } from "../nn/init.js";
import { convLayer, type Layer, linearLayer } from "../nn/layers.js";
import { Scope } from "../nn/parameters.js";
import { positiveCount, wholeCount } from "./counts.js";
import type { Network } from "./network.js";
import { type ResidualBlock, residualBlock } from "./residual-block.js";

export const residualUnetSchema = z.strictObject({
  architecture: z.literal("residual-unet"),
  inChannels: positiveCount.describe("channels of all input images together"),
  outChannels: positiveCount.default(3),
  unshuffle: positiveCount
    .default(2)
    .describe("side of the squares of pixels that become channels first (pixel unshuffle)"),
  widths: z.array(positiveCount).min(1).describe("channels at each scale, from fine to coarse"),
  blocks: z.array(wholeCount).min(1).describe("residual blocks at each scale on the way down, and again on the way up"),
  middleBlocks: wholeCount.default(2).describe("residual blocks at the coarsest scale, between the two ways"),
  levelChannels: z
    .int()
    .nonnegative()
    .default(0)
    .describe("width of the noise level's embedding; 0 for a network without a noise level"),
  normalise: z
    .boolean()
    .default(false)
    .describe("divide the input of each block by its root mean square over the channels of each pixel"),
  addInput: z
    .boolean()
    .default(false)
    .describe("add the first outChannels input channels to the result: the network learns the difference"),
  blend: z
    .boolean()
    .default(false)
    .describe(
      "with addInput: add a mix of all images, outChannels each, instead of the first image; the network weighs them pixel by pixel",
    ),
  guides: positiveCount
    .optional()
    .describe("with blend: number of images at the end of the input that are inputs but not mixed, such as a residual"),
});
export type ResidualUnetConfig = z.infer<typeof residualUnetSchema>;

const FREQUENCIES = 16;

/**
 * Embedding of the noise level, [N, 1] -> [N, channels]: sines and cosines with frequencies 1 to 200, then two linear
 * layers.
 */
function levelEmbedding(scope: Scope, channels: number): Layer {
  const frequencies = constant(
    Float32Array.from({ length: FREQUENCIES }, (_, i) => 200 ** (i / (FREQUENCIES - 1))),
    [1, FREQUENCIES],
  );
  const first = linearLayer(scope.child(0), 2 * FREQUENCIES, channels);
  const second = linearLayer(scope.child(1), channels, channels);
  return (level) => {
    const angles = mul(level, frequencies);
    return silu(second(silu(first(concat([sin(angles), cos(angles)], 1)))));
  };
}

export function residualUnet(config: ResidualUnetConfig): Network {
  const { inChannels, outChannels, unshuffle, widths, blocks, middleBlocks, levelChannels, addInput } = config;
  if (blocks.length !== widths.length)
    throw argumentError(
      "residual-unet",
      `blocks must have one number for each of the ${widths.length} widths`,
      `[${blocks}]`,
    );
  const mixed = inChannels / outChannels - (config.guides ?? 0);
  if (config.blend && !(addInput && mixed >= 2 && inChannels % outChannels === 0))
    throw argumentError(
      "residual-unet",
      `blend needs addInput and two images of ${outChannels} channels beside the guides, or more of them`,
      `addInput ${addInput}, inChannels ${inChannels}, guides ${config.guides ?? 0}`,
    );
  if (config.guides && !config.blend)
    throw argumentError("residual-unet", "guides need blend: set blend, or leave out guides", config.guides);
  const root = Scope.root();
  const area = unshuffle * unshuffle;
  const plain = { kernel: 3, init: scaledNormal(1), biasInit: zeros } as const;
  const stage = (name: string, i: number) =>
    Array.from({ length: blocks[i]! }, (_, k) => residualBlock(root.child(name, i, k), widths[i]!, config));

  const embed = levelChannels > 0 ? levelEmbedding(root.child("embed"), levelChannels) : null;
  const head = convLayer(root.child("head"), { inChannels: inChannels * area, outChannels: widths[0]!, ...plain });
  const down = widths.map((width, i) => ({
    blocks: stage("down", i),
    next:
      i + 1 < widths.length
        ? convLayer(root.child("down", i, "next"), {
            ...plain,
            kernel: 1,
            inChannels: 4 * width,
            outChannels: widths[i + 1]!,
          })
        : null,
  }));
  const middle = Array.from({ length: middleBlocks }, (_, k) =>
    residualBlock(root.child("middle", k), widths.at(-1)!, config),
  );
  const up = widths.slice(0, -1).map((width, i) => ({
    from: convLayer(root.child("up", i, "from"), {
      ...plain,
      kernel: 1,
      inChannels: widths[i + 1]!,
      outChannels: 4 * width,
    }),
    blocks: stage("up", i),
  }));
  // Starts at zero: with `addInput`, an untrained network returns the photo unchanged.
  const tail = convLayer(root.child("tail"), {
    inChannels: widths[0]!,
    outChannels: outChannels * area,
    ...plain,
    init: zeros,
  });

  // One weight for each image after the first, without the guides. Starts at zero: another image counts only where
  // training has shown a benefit.
  const weighs = Array.from({ length: config.blend ? mixed - 1 : 0 }, (_, i) =>
    convLayer(i === 0 ? root.child("blend") : root.child("blend", i), {
      ...{ inChannels: widths[0]!, outChannels: area },
      ...plain,
      init: zeros,
    }),
  );

  return {
    parameters: root.parameters(),
    inChannels,
    outChannels,
    multiple: unshuffle * 2 ** (widths.length - 1),
    reachPx: reach(config),
    forward({ image, level }) {
      const embedded = embed && level ? embed(level) : null;
      if (embed && !level) throw argumentError("residual-unet", "a noise level is needed, levelChannels > 0", "none");
      const through = (list: readonly ResidualBlock[], x: Tensor) => list.reduce((h, block) => block(h, embedded), x);
      let x = head(pixelUnshuffle(image, unshuffle));
      const skips: Tensor[] = [];
      for (const { blocks: list, next } of down) {
        x = through(list, x);
        if (!next) continue;
        skips.push(x);
        x = next(pixelUnshuffle(x, 2));
      }
      x = through(middle, x);
      for (const { from, blocks: list } of [...up].reverse())
        x = through(list, add(pixelShuffle(from(x), 2), skips.pop()!));
      const result = pixelShuffle(tail(x), unshuffle);
      if (!addInput) return [result];
      const first = slice(image, 1, 0, outChannels);
      const added = weighs.reduce((sum, weigh, i) => {
        const other = slice(image, 1, (i + 1) * outChannels, (i + 2) * outChannels);
        return add(sum, mul(pixelShuffle(weigh(x), unshuffle), sub(other, first)));
      }, first);
      return [add(result, added)];
    },
  };
}

/** Each 3x3 convolution at a scale of s pixels extends the reach by s pixels, a change of scale by up to s - 1. */
function reach({ unshuffle, widths, blocks, middleBlocks }: ResidualUnetConfig): number {
  let total = 2 * unshuffle + unshuffle - 1; // head and tail, and the position within the first square
  widths.forEach((_, i) => {
    const scale = unshuffle * 2 ** i;
    const twice = i + 1 < widths.length ? 2 : 1; // on the way down and up
    total += 2 * scale * (blocks[i]! * twice + (twice === 1 ? middleBlocks : 0));
    if (i > 0) total += scale / 2;
  });
  return total;
}
