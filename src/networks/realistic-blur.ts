/**
 * @file Networks of a published reimplementation of DBGAN (github.com/jkhu29/Deblurring-by-Realistic-Blurring, MIT): a
 * generator that deblurs, one that blurs a sharp photo by a noise map, and a discriminator that judges whole
 * pictures. DBGAN's authors publish neither their networks that blur nor their discriminators; these are smaller.
 * Values are 0 .. 255.
 */
import * as z from "zod";
import { add, mul, sub } from "../graph/ops/arithmetic.js";
import { sigmoid } from "../graph/ops/elementwise.js";
import { mean } from "../graph/ops/mean.js";
import { pad2d } from "../graph/ops/pad2d.js";
import { leakyRelu } from "../graph/ops/relu.js";
import { concat, slice } from "../graph/ops/shape.js";
import type { Tensor } from "../graph/tensor.js";
import { convLayer, convTransposeLayer, type Layer } from "../nn/layers.js";
import { Scope } from "../nn/parameters.js";
import {
  batchNormLayer,
  batchStatistics,
  type NormLayer,
  runningStatistics,
  trackedInstanceNormLayer,
} from "../nn/running-statistics.js";
import { NOISE_CHANNELS } from "./blur-noise.js";
import { positiveCount, wholeCount } from "./counts.js";
import type { Discriminator } from "./deblurgan/discriminators.js";
import type { Network } from "./network.js";

export const dbganSmallSchema = z.strictObject({
  architecture: z.literal("dbgan-small"),
  width: positiveCount.multipleOf(4).default(64).describe("channels at full size; twice as many at half size"),
  blocks: wholeCount.default(5).describe("blocks with channel attention, at half size"),
  statistics: z
    .enum(["photo", "running"])
    .default("running")
    .describe(
      "what normalisation uses when a photo is restored: the running averages of training, as published code does, or the photo's own mean and variance",
    ),
});
export type DbganSmallConfig = z.infer<typeof dbganSmallSchema>;

export const blurGeneratorSchema = z.strictObject({
  architecture: z.literal("blur-generator"),
  width: positiveCount.default(64).describe("channels at full and at half size"),
  blocks: wholeCount.default(3).describe("residual blocks, at half size"),
  addInput: z
    .boolean()
    .default(false)
    .describe(
      "add the sharp photo to the result, which published code does not: normalisation forgets how bright a patch is",
    ),
  statistics: z
    .enum(["photo", "running"])
    .default("running")
    .describe(
      "what normalisation uses when a photo is blurred: the running averages of training, with exact windows, or the photo's own mean and variance",
    ),
});
export type BlurGeneratorConfig = z.infer<typeof blurGeneratorSchema>;

const SLOPE = 0.2;
const rectify = (x: Tensor): Tensor => leakyRelu(x, SLOPE);
/** The bottleneck of channel attention has this share of the channels. */
const REDUCTION = 8;

/** 7x7 convolution of the picture continued by three reflected pixels; parameters `1.weight`, `1.bias`. */
function wide(scope: Scope, inChannels: number, outChannels: number): Layer {
  const conv = convLayer(scope.child(1), { inChannels, outChannels, kernel: 7, padding: 0 });
  return (x) => conv(pad2d(x, { top: 3, bottom: 3, left: 3, right: 3 }, "reflect"));
}

function head(scope: Scope, inChannels: number, width: number): NormLayer {
  const conv = wide(scope, inChannels, width);
  const norm = trackedInstanceNormLayer(scope.child(2), width);
  return (x, statistics) => rectify(norm(conv(x), statistics));
}

interface Rectified {
  readonly from: number;
  readonly to: number;
  readonly stride: 1 | 2;
  readonly normalised: boolean;
}

/** Convolution and rectifier. Each has running averages in checkpoints, whether or not it normalises. */
function rectified(scope: Scope, { from, to, stride, normalised }: Rectified): NormLayer {
  const shape = { inChannels: from, outChannels: to, kernel: 3, stride, padding: 1, bias: false };
  const conv = convLayer(scope.child("conv"), shape);
  const norm = trackedInstanceNormLayer(scope.child("bn"), to);
  return (x, statistics) => rectify(normalised ? norm(conv(x), statistics) : conv(x));
}

/** Doubles the size. */
function enlarging(scope: Scope, from: number, to: number): NormLayer {
  const shape = { inChannels: from, outChannels: to, kernel: 3, stride: 2, padding: 1, outputPadding: 1, bias: false };
  const conv = convTransposeLayer(scope.child("convtran"), shape);
  const norm = trackedInstanceNormLayer(scope.child("bn"), to);
  return (x, statistics) => rectify(norm(conv(x), statistics));
}

/** Two convolutions without a rectifier between them, as published, and channel attention. */
function attentionBlock(scope: Scope, channels: number): Layer {
  const conv = (at: number): Layer =>
    convLayer(scope.child("module", at), { inChannels: channels, outChannels: channels, kernel: 3 });
  const [first, second] = [conv(0), conv(1)];
  const squeezed = Math.max(1, Math.floor(channels / REDUCTION));
  const attention = scope.child("module", 2, "conv");
  const squeeze = convLayer(attention.child(0), { inChannels: channels, outChannels: squeezed, kernel: 1 });
  const excite = convLayer(attention.child(2), { inChannels: squeezed, outChannels: channels, kernel: 1 });
  return (x) => {
    const h = second(first(x));
    const weights = sigmoid(excite(rectify(squeeze(mean(h, { axes: [2, 3], keepDims: true })))));
    return add(x, mul(h, weights));
  };
}

/** The generator that deblurs. */
export function dbganSmall({ width, blocks: count, statistics: restoring }: DbganSmallConfig): Network {
  const root = Scope.root();
  const first = head(root.child("conv1"), 3, width);
  const layer = (name: string, shape: Rectified): NormLayer => rectified(root.child(name, 0), shape);
  const full = { from: width, to: width, stride: 1 } as const;
  const fine = layer("conv_relu1", { ...full, normalised: true });
  const before = layer("nla1", { ...full, normalised: false });
  const half = layer("conv_relu3", { from: width, to: 2 * width, stride: 2, normalised: true });
  const blocks = Array.from({ length: count }, (_, i) => attentionBlock(root.child("res1", i), 2 * width));
  const enlarge = enlarging(root.child("convup_relu1", 0), 2 * width, width);
  const behind = layer("nla2", { ...full, normalised: false });
  const last = wide(root.child("conv2"), width, 3);
  const use = restoring === "photo" ? batchStatistics : runningStatistics;
  return {
    parameters: root.parameters(),
    inChannels: 3,
    outChannels: 3,
    multiple: 2,
    reachPx: null, // means of the whole photo
    forward({ image, statistics = use }) {
      const whole = fine(first(image, statistics), statistics);
      const coarse = half(before(whole, statistics), statistics);
      const deep = add(
        blocks.reduce((x, block) => block(x), coarse),
        coarse,
      );
      return [last(behind(add(enlarge(deep, statistics), whole), statistics))];
    },
  };
}

/** Factor of standard normal noise beside a photo of 0 .. 255, as published code draws it. */
const NOISE_SCALE = 10;
/** Reach of the convolutions beside the blocks, and of each block, in pixels. */
const [ENDS_REACH, BLOCK_REACH] = [8, 4];

/** The generator that blurs: residual blocks at half size. Its image is a sharp photo and 10 times a noise map. */
export function blurGenerator({ width, blocks: count, addInput, statistics: applied }: BlurGeneratorConfig): Network {
  const root = Scope.root();
  const first = head(root.child("conv1"), 3 + NOISE_CHANNELS, width);
  const half = rectified(root.child("conv_relu1", 0), { from: width, to: width, stride: 2, normalised: true });
  const blocks = Array.from({ length: count }, (_, i): NormLayer => {
    const scope = root.child("res1", i);
    const inner = rectified(scope.child("conv_relu", 0), { from: width, to: width, stride: 1, normalised: false });
    const outer = convLayer(scope.child("conv"), { inChannels: width, outChannels: width, kernel: 3, bias: false });
    return (x, statistics) => {
      const h = inner(x, statistics);
      return add(outer(h), h);
    };
  });
  const enlarge = enlarging(root.child("convup_relu1", 0), width, width);
  const last = wide(root.child("conv2"), width, 3);
  const use = applied === "photo" ? batchStatistics : runningStatistics;
  return {
    parameters: root.parameters(),
    inChannels: 3 + NOISE_CHANNELS,
    outChannels: 3,
    multiple: 2,
    reachPx: applied === "photo" ? null : ENDS_REACH + BLOCK_REACH * count,
    forward({ image, statistics = use }) {
      const coarse = half(first(image, statistics), statistics);
      const deep = blocks.reduce((x, block) => block(x, statistics), coarse);
      const result = last(enlarge(deep, statistics));
      return [addInput ? add(slice(image, 1, 0, 3), result) : result];
    },
  };
}

/** `blurGenerator` wrapped to take a photo in the signed range and standard normal noise, and to return that range. */
export function blurGeneratorOfSigned(config: BlurGeneratorConfig): Network {
  const network = blurGenerator(config);
  return {
    ...network,
    forward({ image, ...inputs }) {
      const photo = mul(add(slice(image, 1, 0, 3), 1), 255 / 2);
      const noise = mul(slice(image, 1, 3, network.inChannels), NOISE_SCALE);
      const outputs = network.forward({ ...inputs, image: concat([photo, noise], 1) });
      return outputs.map((output) => sub(mul(output, 2 / 255), 1));
    },
  };
}

/** Widths of the discriminator's layers; every second one halves the size. */
const DISCRIMINATOR_WIDTHS = [64, 128, 128, 256, 256, 512, 512] as const;

/** SRGAN's discriminator (Ledig et al. 2017) with a mean over positions: one value for each picture, [N]. */
export function pictureDiscriminator(scope: Scope = Scope.root()): Discriminator {
  const net = scope.child("net_d");
  const conv0 = convLayer(net.child(0), { inChannels: 3, outChannels: 64, kernel: 3 });
  // Indices in the published sequence, which also counts rectifiers and the mean.
  const layers = DISCRIMINATOR_WIDTHS.map((to, i): NormLayer => {
    const [at, from] = [2 + 3 * i, DISCRIMINATOR_WIDTHS[i - 1] ?? 64];
    const shape = {
      inChannels: from,
      outChannels: to,
      kernel: 3,
      stride: i % 2 === 0 ? 2 : 1,
      padding: 1,
      bias: false,
    };
    const conv = convLayer(net.child(at), shape);
    const norm = batchNormLayer(net.child(at + 1), to);
    return (x, statistics) => rectify(norm(conv(x), statistics));
  });
  const widen = convLayer(net.child(24), { inChannels: 512, outChannels: 1024, kernel: 1 });
  const last = convLayer(net.child(26), { inChannels: 1024, outChannels: 1, kernel: 1 });
  return {
    parameters: scope.parameters(),
    forward: (image, statistics) => {
      const features = layers.reduce((x, layer) => layer(x, statistics), rectify(conv0(image)));
      return [last(rectify(widen(mean(features, { axes: [2, 3], keepDims: true }))))];
    },
  };
}
