/**
 * @file DeblurGAN's generator (Kupyn et al. 2018, DeblurGAN: Blind Motion Deblurring Using Conditional Adversarial
 * Networks), after Johnson et al. 2016: residual blocks at a quarter of the size, and a residual added to the photo.
 */
import * as z from "zod";
import { add } from "../../graph/ops/arithmetic.js";
import { clamp } from "../../graph/ops/compare.js";
import { tanh } from "../../graph/ops/elementwise.js";
import { pad2d } from "../../graph/ops/pad2d.js";
import { relu } from "../../graph/ops/relu.js";
import type { Tensor } from "../../graph/tensor.js";
import { type Dropout, noDropout } from "../../nn/dropout.js";
import { convLayer, convTransposeLayer, type Layer } from "../../nn/layers.js";
import { Scope } from "../../nn/parameters.js";
import { type NormLayer, normLayer, type Statistics } from "../../nn/running-statistics.js";
import { positiveCount, wholeCount } from "../counts.js";
import type { Network } from "../network.js";
import { asPublished, generatorShape } from "./pyramid.js";

export const deblurganSchema = z.strictObject({
  architecture: z.literal("deblurgan"),
  ...generatorShape,
  width: positiveCount
    .default(64)
    .describe("channels at full size; twice and four times as many at half and a quarter"),
  blocks: wholeCount.default(9).describe("residual blocks"),
  dropout: z
    .number()
    .min(0)
    .lt(1)
    .default(0)
    .describe("share of values dropped inside each block in training; published code drops 0.5 or none"),
  addInput: z.boolean().default(true).describe("add the photo to the result, and clip"),
});
export type DeblurganConfig = z.infer<typeof deblurganSchema>;

type Block = (x: Tensor, statistics: Statistics, dropout: Dropout) => Tensor;

/** Multiple of the sides in training: the size is halved twice. */
const TRAINED_MULTIPLE = 4;

/** Pads the picture by `margin` reflected pixels on every side. */
const reflected = (x: Tensor, margin: number): Tensor =>
  pad2d(x, { top: margin, bottom: margin, left: margin, right: margin }, "reflect");

export function deblurgan({
  width,
  blocks,
  dropout: rate,
  normalisation,
  addInput,
  statistics,
}: DeblurganConfig): Network {
  const root = Scope.root();
  const model = root.child("model");
  // Batch normalisation includes a bias.
  const bias = normalisation === "instance";
  const rectified =
    (layer: Layer, norm: NormLayer): Block =>
    (x, from) =>
      relu(norm(layer(x), from));
  const conv = (scope: Scope, inChannels: number, outChannels: number, kernel: number, stride = 1) =>
    convLayer(scope, { inChannels, outChannels, kernel, stride, padding: stride === 1 ? 0 : 1, bias });
  const norm = (scope: Scope, channels: number) => normLayer(scope, normalisation, channels);

  // Indices in the published sequence, which also counts padding and rectifiers.
  const layers: Block[] = [];
  const head = rectified(conv(model.child(1), 3, width, 7), norm(model.child(2), width));
  layers.push((x, ...rest) => head(reflected(x, 3), ...rest));
  for (const [at, channels] of [[4, width], [7, 2 * width]] as const) // biome-ignore format: pairs
    layers.push(
      rectified(conv(model.child(at), channels, 2 * channels, 3, 2), norm(model.child(at + 1), 2 * channels)),
    );
  const drops = rate > 0;
  for (let i = 0; i < blocks; i++) {
    const block = model.child(10 + i, "conv_block");
    const channels = 4 * width;
    const first = rectified(conv(block.child(1), channels, channels, 3), norm(block.child(2), channels));
    const at = drops ? 6 : 5;
    const second = conv(block.child(at), channels, channels, 3);
    const last = norm(block.child(at + 1), channels);
    layers.push((x, from, dropout) => {
      const h = first(reflected(x, 1), from, dropout);
      return add(x, last(second(reflected(drops ? dropout(h, rate) : h, 1)), from));
    });
  }
  for (const [i, channels] of [4 * width, 2 * width].entries()) {
    const at = 10 + blocks + 3 * i;
    const shape = { inChannels: channels, outChannels: channels / 2, kernel: 3, stride: 2, padding: 1 };
    const enlarge = convTransposeLayer(model.child(at), { ...shape, outputPadding: 1, bias });
    layers.push(rectified(enlarge, norm(model.child(at + 1), channels / 2)));
  }
  const tail = convLayer(model.child(10 + blocks + 7), { inChannels: width, outChannels: 3, kernel: 7, padding: 0 });

  return {
    parameters: root.parameters(),
    inChannels: 3,
    outChannels: 3,
    multiple: 1,
    trainedMultiple: TRAINED_MULTIPLE,
    padsTo: 32,
    reachPx: null, // statistics of the whole photo
    forward: asPublished(
      statistics,
      (image, { statistics: from, dropout = noDropout }) => {
        const features = layers.reduce((x, layer) => layer(x, from, dropout), image);
        const made = tanh(tail(reflected(features, 3)));
        return addInput ? clamp(add(image, made), -1, 1) : made;
      },
      { where: "deblurgan", trainedMultiple: TRAINED_MULTIPLE },
    ),
  };
}
