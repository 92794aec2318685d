/**
 * @file Common parts of RCAN and HAN: groups of residual channel attention blocks, subtraction and addition of the mean
 * colour, and a final enlargement, which is empty at scale 1. Parameter names are those of the published checkpoints.
 */
import * as z from "zod";
import { add } from "../graph/ops/arithmetic.js";
import { pixelShuffle } from "../graph/ops/pixel-shuffle.js";
import { relu } from "../graph/ops/relu.js";
import { channelAttentionLayer } from "../nn/channel-attention.js";
import { convLayer, type Layer } from "../nn/layers.js";
import type { Init, Scope } from "../nn/parameters.js";
import { contextPool, poolingSchema } from "../nn/pooling.js";
import { positiveCount } from "./counts.js";

export const residualGroupsShape = {
  groups: positiveCount.default(10).describe("residual groups"),
  blocks: positiveCount.default(20).describe("residual channel attention blocks in each group"),
  features: positiveCount.default(64).describe("channels of the features"),
  reduction: positiveCount.default(16).describe("factor by which the bottleneck of channel attention is narrower"),
  scale: z
    .union([1, 2, 3, 4, 8].map((scale) => z.literal(scale)))
    .default(1)
    .describe("enlargement: 1 for deblurring; published checkpoints for super-resolution have 2, 3, 4 or 8"),
  rgbRange: z.number().positive().default(255).describe("pixel value of white in the network's training"),
  pooling: poolingSchema,
};
const schema = z.strictObject(residualGroupsShape);
export type ResidualGroupsConfig = z.infer<typeof schema>;

const square = (scope: Scope, channels: number): Layer =>
  convLayer(scope, { inChannels: channels, outChannels: channels, kernel: 3 });

/** Composition of layers, first to last. */
const chain =
  (layers: readonly Layer[]): Layer =>
  (x) =>
    layers.reduce((h, layer) => layer(h), x);

const residual =
  (layer: Layer): Layer =>
  (x) =>
    add(layer(x), x);

/** x + attention(conv(relu(conv(x)))). Parameters `body.0`, `body.2`, `body.3`. */
function residualChannelAttentionBlock(scope: Scope, config: ResidualGroupsConfig): Layer {
  const { features, reduction, pooling } = config;
  const body = scope.child("body");
  const [first, second] = [square(body.child(0), features), square(body.child(2), features)];
  const attention = channelAttentionLayer(body.child(3), {
    channels: features,
    reduction,
    pool: contextPool(pooling, 1),
  });
  return residual((x) => attention(second(relu(first(x)))));
}

/** x + conv(blocks(x)): [N, features, H, W] -> the same. */
function residualGroup(scope: Scope, config: ResidualGroupsConfig): Layer {
  const { blocks, features } = config;
  const body = scope.child("body");
  const layers = Array.from({ length: blocks }, (_, i) => residualChannelAttentionBlock(body.child(i), config));
  return residual(chain([...layers, square(body.child(blocks), features)]));
}

/** Convolutions to r^2 times the channels, each followed by a pixel shuffle: 4 = 2 x 2, 8 = 2 x 2 x 2. */
function enlargement(scope: Scope, { features, scale }: ResidualGroupsConfig): Layer {
  const factors = scale === 3 ? [3] : new Array<number>(Math.log2(scale)).fill(2);
  return chain(
    factors.map((r, i) => {
      const conv = convLayer(scope.child(2 * i), { inChannels: features, outChannels: features * r * r, kernel: 3 });
      return (x) => pixelShuffle(conv(x), r);
    }),
  );
}

/**
 * Image to features, the body (in which the two networks differ), features to image; pixels in [0, rgbRange].
 * `meanTrainable`: RCAN's code fails to freeze the mean colour; HAN's freezes it.
 */
export function aroundFeatures(
  root: Scope,
  config: ResidualGroupsConfig,
  { meanTrainable }: { readonly meanTrainable: boolean },
): { readonly fromImage: Layer; readonly toImage: Layer; readonly body: readonly Layer[] } {
  const { features, groups, rgbRange } = config;
  const shift = { rgbRange, trainable: meanTrainable };
  const subtract = meanShiftLayer(root.child("sub_mean"), { ...shift, direction: "subtract" });
  const restore = meanShiftLayer(root.child("add_mean"), { ...shift, direction: "add" });
  const head = convLayer(root.child("head", 0), { inChannels: 3, outChannels: features, kernel: 3 });
  const body = Array.from({ length: groups }, (_, i) => residualGroup(root.child("body", i), config));
  const last = square(root.child("body", groups), features);
  const enlarge = enlargement(root.child("tail", 0), config);
  const tail = convLayer(root.child("tail", 1), { inChannels: features, outChannels: 3, kernel: 3 });
  return {
    fromImage: (image) => head(subtract(image)),
    body: [...body, last],
    toImage: (x) => restore(tail(enlarge(x))),
  };
}

/** Mean colour of DIV2K in [0, 1]. */
const RED_GREEN_BLUE = [0.4488, 0.4371, 0.404] as const;

interface MeanShiftConfig {
  /** Pixel value of white. */
  readonly rgbRange: number;
  readonly direction: "subtract" | "add";
  readonly trainable: boolean;
}

const identity: Init = ([rows, columns]) =>
  Float32Array.from({ length: rows! * columns! }, (_, i) => (Math.floor(i / columns!) === i % columns! ? 1 : 0));

/**
 * Subtracts the mean colour of DIV2K's photos at the input, or adds it at the output (Lim et al. 2017, EDSR).
 * x: [N, 3, H, W] -> the same. A 1x1 convolution as in published checkpoints (`weight`: the identity, `bias`: the
 * colour).
 */
function meanShiftLayer(scope: Scope, { rgbRange, direction, trainable }: MeanShiftConfig): Layer {
  const sign = direction === "subtract" ? -1 : 1;
  return convLayer(scope, {
    inChannels: 3,
    outChannels: 3,
    kernel: 1,
    init: identity,
    biasInit: () => Float32Array.from(RED_GREEN_BLUE, (value) => sign * rgbRange * value),
    trainable,
  });
}
