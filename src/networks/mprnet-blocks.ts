/**
 * @file Building blocks of MPRNet: channel attention blocks with one shared activation, changes of scale, patches of an
 * image.
 */
import { add } from "../graph/ops/arithmetic.js";
import { resample } from "../graph/ops/resample.js";
import { concat, slice } from "../graph/ops/shape.js";
import type { Tensor } from "../graph/tensor.js";
import { channelAttentionLayer } from "../nn/channel-attention.js";
import { convLayer, type Layer } from "../nn/layers.js";
import type { Scope } from "../nn/parameters.js";
import { contextPool, type Pooling } from "../nn/pooling.js";

export interface BlockConfig {
  readonly reduction: number;
  readonly pooling: Pooling;
  /** The PReLU that the whole network shares. */
  readonly activation: Layer;
}

export interface Place {
  readonly channels: number;
  /** Width of a feature pixel in pixels of the photo. */
  readonly scale: number;
}

/** Convolution without a bias, as everywhere in this network. */
export const plainConv = (scope: Scope, inChannels: number, outChannels: number, kernel: 1 | 3): Layer =>
  convLayer(scope, { inChannels, outChannels, kernel, bias: false });

/** x + attention(conv(activation(conv(x)))). Parameters `body.0`, `body.2`, `CA`. */
export function channelAttentionBlock(
  scope: Scope,
  { channels, scale }: Place,
  { reduction, activation, pooling }: BlockConfig,
): Layer {
  const pool = contextPool(pooling, scale);
  const first = plainConv(scope.child("body", 0), channels, channels, 3);
  const second = plainConv(scope.child("body", 2), channels, channels, 3);
  const attention = channelAttentionLayer(scope.child("CA"), { channels, reduction, bias: false, pool });
  return (x) => add(attention(second(activation(first(x)))), x);
}

/** `count` consecutive channel attention blocks. Parameters `0`, `1`, ... */
export function channelAttentionBlocks(scope: Scope, count: number, place: Place, config: BlockConfig): Layer {
  const blocks = Array.from({ length: count }, (_, i) => channelAttentionBlock(scope.child(i), place, config));
  return (x) => blocks.reduce((h, block) => block(h), x);
}

/** [N, inChannels, H, W] -> [N, outChannels, H / 2, W / 2]. Parameters `down.1`. */
export function halving(scope: Scope, inChannels: number, outChannels: number): Layer {
  const conv = plainConv(scope.child("down", 1), inChannels, outChannels, 1);
  return (x) => conv(resample(x, { mode: "bilinear", scale: 0.5 }));
}

/**
 * [N, inChannels, H, W] -> [N, outChannels, 2 H, 2 W]. Parameters `up.1`. Published code enlarges before the 1x1
 * convolution. The two commute; in this order the convolution has a quarter of the pixels and the enlargement fewer
 * channels.
 */
export function doubling(scope: Scope, inChannels: number, outChannels: number): Layer {
  const conv = plainConv(scope.child("up", 1), inChannels, outChannels, 1);
  return (x) => resample(conv(x), { mode: "bilinear", scale: 2 });
}

/** Splits images into halves along an axis: [N, ...] -> [2 N, ...], all first halves before all second halves. */
export function splitHalves(x: Tensor, axis: 2 | 3): Tensor {
  const length = x.shape[axis]!;
  return concat([slice(x, axis, 0, length / 2), slice(x, axis, length / 2, length)], 0);
}

/** The inverse of `splitHalves`. */
export function joinHalves(x: Tensor, axis: 2 | 3): Tensor {
  const count = x.shape[0]!;
  return concat([slice(x, 0, 0, count / 2), slice(x, 0, count / 2, count)], axis);
}
