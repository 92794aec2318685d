/** @file MPRNet's encoder and decoder, for its first two stages, and its full-resolution network, for the third. */
import { add } from "../graph/ops/arithmetic.js";
import type { Tensor } from "../graph/tensor.js";
import type { Layer } from "../nn/layers.js";
import type { Scope } from "../nn/parameters.js";
import {
  type BlockConfig,
  channelAttentionBlock,
  channelAttentionBlocks,
  doubling,
  halving,
  type Place,
  plainConv,
} from "./mprnet-blocks.js";

/** Features at three scales, from fine to coarse: [N, widths[i], H / 2^i, W / 2^i]. */
export type Pyramid = readonly [Tensor, Tensor, Tensor];
export type Widths = readonly [number, number, number];

const SCALES = [0, 1, 2] as const;
const eachScale = <T>(value: (scale: 0 | 1 | 2) => T): readonly [T, T, T] => [value(0), value(1), value(2)];

const placeAt = (widths: Widths, i: number): Place => ({ channels: widths[i]!, scale: 2 ** i });

/** Features of a stage on its way down and up. */
export interface StageFeatures {
  readonly encoded: Pyramid;
  readonly decoded: Pyramid;
}

/** `fuses`: add the features of the stage before, scale by scale, through 1x1 convolutions. */
export function encoder(
  scope: Scope,
  widths: Widths,
  config: BlockConfig,
  { fuses }: { readonly fuses: boolean },
): (x: Tensor, before?: StageFeatures) => Pyramid {
  const level = (i: number): Layer =>
    channelAttentionBlocks(scope.child(`encoder_level${i + 1}`), 2, placeAt(widths, i), config);
  const levels = eachScale(level);
  const down = [
    halving(scope.child("down12"), widths[0], widths[1]),
    halving(scope.child("down23"), widths[1], widths[2]),
  ] as const;
  const fusion = (kind: "enc" | "dec") =>
    eachScale((i) => plainConv(scope.child(`csff_${kind}${i + 1}`), widths[i], widths[i], 1));
  const fused = fuses ? { encoded: fusion("enc"), decoded: fusion("dec") } : null;
  return (x, before) => {
    const at = (i: 0 | 1 | 2, h: Tensor): Tensor => {
      const own = levels[i](h);
      if (!fused || !before) return own;
      return add(add(own, fused.encoded[i](before.encoded[i])), fused.decoded[i](before.decoded[i]));
    };
    const fine = at(0, x);
    const middle = at(1, down[0](fine));
    return [fine, middle, at(2, down[1](middle))];
  };
}

export function decoder(scope: Scope, widths: Widths, config: BlockConfig): (encoded: Pyramid) => Pyramid {
  const levels = eachScale((i) =>
    channelAttentionBlocks(scope.child(`decoder_level${i + 1}`), 2, placeAt(widths, i), config),
  );
  const skip = [0, 1].map((i) => channelAttentionBlock(scope.child(`skip_attn${i + 1}`), placeAt(widths, i), config));
  const up = [doubling(scope.child("up21"), widths[1], widths[0]), doubling(scope.child("up32"), widths[2], widths[1])];
  return ([fine, middle, coarse]) => {
    const third = levels[2](coarse);
    const second = levels[1](add(up[1]!(third), skip[1]!(middle)));
    return [levels[0](add(up[0]!(second), skip[0]!(fine))), second, third];
  };
}

/** Blocks without a change of scale; the features of the stage before are added after each group. */
export function originalResolution(
  scope: Scope,
  widths: Widths,
  { channels, blocks }: { readonly channels: number; readonly blocks: number },
  config: BlockConfig,
): (x: Tensor, before: StageFeatures) => Tensor {
  const groups = eachScale((i) => {
    const body = scope.child(`orb${i + 1}`, "body");
    const inner = channelAttentionBlocks(body, blocks, { channels, scale: 1 }, config);
    const last = plainConv(body.child(blocks), channels, channels, 3);
    return (x: Tensor) => add(last(inner(x)), x);
  });
  /** Converts features of each scale of the stage before to full resolution and `channels`. */
  const toFull = (kind: "enc" | "dec"): readonly [Layer, Layer, Layer] => {
    const convs = SCALES.map((i) => plainConv(scope.child(`conv_${kind}${i + 1}`), widths[0], channels, 1));
    const once = doubling(scope.child(`up_${kind}1`), widths[1], widths[0]);
    const twice = [
      doubling(scope.child(`up_${kind}2`, 0), widths[2], widths[1]),
      doubling(scope.child(`up_${kind}2`, 1), widths[1], widths[0]),
    ];
    return [(x) => convs[0]!(x), (x) => convs[1]!(once(x)), (x) => convs[2]!(twice[1]!(twice[0]!(x)))];
  };
  const [fromEncoded, fromDecoded] = [toFull("enc"), toFull("dec")];
  return (x, { encoded, decoded }) =>
    SCALES.reduce<Tensor>((h, i) => add(add(groups[i](h), fromEncoded[i](encoded[i])), fromDecoded[i](decoded[i])), x);
}
