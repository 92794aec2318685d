/**
 * @file MIMO-UNet (Cho et al. 2021, Rethinking Coarse-to-Fine Approach in Single Image Deblurring): one U-Net with the
 * photo at three scales as input and output. Published with 8 blocks per stage, and as MIMO-UNet+ with 20 blocks and
 * dropout; the paper's table matches 12 blocks.
 */
import * as z from "zod";
import { add, mul } from "../graph/ops/arithmetic.js";
import { filled } from "../graph/ops/constant.js";
import { relu } from "../graph/ops/relu.js";
import { concat } from "../graph/ops/shape.js";
import { take } from "../graph/ops/take.js";
import { upsampleNearest2d } from "../graph/ops/upsample-nearest.js";
import type { Tensor } from "../graph/tensor.js";
import { type Dropout, noDropout } from "../nn/dropout.js";
import { convLayer, convTransposeLayer, type Layer } from "../nn/layers.js";
import { Scope } from "../nn/parameters.js";
import { positiveCount } from "./counts.js";
import type { Network } from "./network.js";

export const mimoUnetSchema = z.strictObject({
  architecture: z.literal("mimo-unet"),
  width: z
    .int()
    .min(8)
    .multipleOf(4)
    .default(32)
    .describe("channels at full resolution; the coarser scales have twice and four times as many"),
  blocks: positiveCount.default(8).describe("residual blocks in each of the six stages"),
  dropout: z
    .number()
    .min(0)
    .lt(1)
    .default(0)
    .describe("share of the channels of the fused features that are dropped in training; MIMO-UNet+ drops 0.1"),
});
export type MimoUnetConfig = z.infer<typeof mimoUnetSchema>;

interface ConvShape {
  readonly from: number;
  readonly to: number;
  readonly kernel: number;
  readonly stride?: number;
}

/** Convolution. Parameters under `main.0`. */
const plain = (scope: Scope, { from, to, kernel, stride = 1 }: ConvShape): Layer =>
  convLayer(scope.child("main", 0), { inChannels: from, outChannels: to, kernel, stride, padding: kernel >> 1 });

const activated = (scope: Scope, shape: ConvShape): Layer => {
  const conv = plain(scope, shape);
  return (x) => relu(conv(x));
};

/** Transposed convolution to twice the size. Parameters under `main.0`. */
const enlarging = (scope: Scope, from: number, to: number): Layer => {
  const shape = { inChannels: from, outChannels: to, kernel: 4, stride: 2, padding: 1 };
  const conv = convTransposeLayer(scope.child("main", 0), shape);
  return (x) => relu(conv(x));
};

const chain =
  (layers: readonly Layer[]): Layer =>
  (x) =>
    layers.reduce((h, layer) => layer(h), x);

/** Consecutive residual blocks. Parameters under `layers.K.main`. */
function stage(scope: Scope, channels: number, blocks: number): Layer {
  const shape = { from: channels, to: channels, kernel: 3 };
  return chain(
    Array.from({ length: blocks }, (_, i): Layer => {
      const main = scope.child("layers", i, "main");
      const [first, second] = [activated(main.child(0), shape), plain(main.child(1), shape)];
      return (x) => add(second(first(x)), x);
    }),
  );
}

/** Shallow convolution module (SCM): features of a smaller photo. [N, 3, H, W] -> [N, channels, H, W]. */
export function shallowModule(scope: Scope, channels: number): Layer {
  const main = scope.child("main");
  const shallow = chain([
    activated(main.child(0), { from: 3, to: channels / 4, kernel: 3 }),
    activated(main.child(1), { from: channels / 4, to: channels / 2, kernel: 1 }),
    activated(main.child(2), { from: channels / 2, to: channels / 2, kernel: 3 }),
    activated(main.child(3), { from: channels / 2, to: channels - 3, kernel: 1 }),
  ]);
  const join = plain(scope.child("conv"), { from: channels, to: channels, kernel: 1 });
  return (photo) => join(concat([photo, shallow(photo)], 1));
}

/** Feature attention module (FAM): features gated by those of the smaller photo. */
function attention(scope: Scope, channels: number): (x: Tensor, shallow: Tensor) => Tensor {
  const merge = plain(scope.child("merge"), { from: channels, to: channels, kernel: 3 });
  return (x, shallow) => add(x, merge(mul(x, shallow)));
}

/** Asymmetric feature fusion (AFF): the features of all scales, resampled to one size, fused for the way up. */
function fusion(scope: Scope, from: number, to: number): (scales: readonly Tensor[]) => Tensor {
  const conv = scope.child("conv");
  const [first, second] = [
    activated(conv.child(0), { from, to, kernel: 1 }),
    plain(conv.child(1), { from: to, to, kernel: 3 }),
  ];
  return (scales) => second(first(concat(scales, 1)));
}

/** Every other pixel, starting with the first: PyTorch's nearest neighbour at half the size. */
const half: Layer = (x) => {
  const everyOther = (axis: number): number[] => Array.from({ length: x.shape[axis]! / 2 }, (_, i) => 2 * i);
  return take(take(x, 2, everyOther(2)), 3, everyOther(3));
};
const double: Layer = (x) => upsampleNearest2d(x, 2);

/** Drops whole channels, as MIMO-UNet+ does. Without dropout, and outside training, it adds no node. */
function dropChannels(dropout: Dropout, rate: number, x: Tensor): Tensor {
  if (rate === 0 || dropout === noDropout) return x;
  return mul(x, dropout(filled([x.shape[0]!, x.shape[1]!, 1, 1], 1), rate));
}

/**
 * Reach along the longest path, through all three scales and back: two convolutions per block, each one pixel of its
 * scale, in six stages. The other convolutions, and the width of a pixel of a coarser scale, add 17 to the right and
 * below and less elsewhere.
 */
const reach = (blocks: number): number => 2 * blocks * (1 + 2 + 4 + 4 + 2 + 1) + 17;

export function mimoUnet({ width, blocks, dropout: rate }: MimoUnetConfig): Network {
  const root = Scope.root();
  const widths = [width, 2 * width, 4 * width] as const;
  const encode = widths.map((channels, i) => stage(root.child("Encoder", i), channels, blocks));
  const extract = root.child("feat_extract");
  const head = activated(extract.child(0), { from: 3, to: width, kernel: 3 });
  const shrink = [1, 2].map((i) =>
    activated(extract.child(i), { from: widths[i - 1]!, to: widths[i]!, kernel: 3, stride: 2 }),
  ) as [Layer, Layer];
  const enlarge = [3, 4].map((i) => enlarging(extract.child(i), widths[5 - i]!, widths[4 - i]!)) as [Layer, Layer];
  const tail = plain(extract.child(5), { from: width, to: 3, kernel: 3 });
  // The way up, from coarse to fine.
  const decode = [2, 1, 0].map((level, i) => stage(root.child("Decoder", i), widths[level]!, blocks));
  const join = [0, 1].map((i) =>
    activated(root.child("Convs", i), { from: widths[2 - i]!, to: widths[1 - i]!, kernel: 1 }),
  ) as [Layer, Layer];
  const restore = [0, 1].map((i) => plain(root.child("ConvsOut", i), { from: widths[2 - i]!, to: 3, kernel: 3 }));
  const fuse = [0, 1].map((i) => fusion(root.child("AFFs", i), 7 * width, widths[i]!));
  const [attend4, attend2] = [attention(root.child("FAM1"), widths[2]), attention(root.child("FAM2"), widths[1])];
  const [shallow4, shallow2] = [
    shallowModule(root.child("SCM1"), widths[2]),
    shallowModule(root.child("SCM2"), widths[1]),
  ];

  return {
    parameters: root.parameters(),
    inChannels: 3,
    outChannels: 3,
    multiple: 4,
    reachPx: reach(blocks),
    forward({ image, dropout = noDropout }) {
      const photo2 = half(image);
      const photo4 = half(photo2);
      const fine = encode[0]!(head(image));
      const middle = encode[1]!(attend2(shrink[0](fine), shallow2(photo2)));
      const coarse = encode[2]!(attend4(shrink[1](middle), shallow4(photo4)));

      const coarseAtMiddle = double(coarse);
      const skip2 = dropChannels(dropout, rate, fuse[1]!([half(fine), middle, coarseAtMiddle]));
      const skip1 = dropChannels(dropout, rate, fuse[0]!([fine, double(middle), double(coarseAtMiddle)]));

      const up4 = decode[0]!(coarse);
      const up2 = decode[1]!(join[0](concat([enlarge[0](up4), skip2], 1)));
      const up1 = decode[2]!(join[1](concat([enlarge[1](up2), skip1], 1)));
      return [add(restore[0]!(up4), photo4), add(restore[1]!(up2), photo2), add(tail(up1), image)];
    },
  };
}
