/**
 * @file The U-Net of SR3 (Saharia et al. 2021) as in the published code, with sqrt(alphaBar) as the noise level. The
 * caller passes the contents of a residual block; `conditional-unet.ts` and `sr3.ts` differ only there. Parameter names
 * are those of the published checkpoints.
 */
import { argumentError } from "../base/errors.js";
import { add, mul } from "../graph/ops/arithmetic.js";
import { constant } from "../graph/ops/constant.js";
import { cos, sin } from "../graph/ops/elementwise.js";
import { concat, reshape } from "../graph/ops/shape.js";
import { silu } from "../graph/ops/silu.js";
import type { Tensor } from "../graph/tensor.js";
import { type Dropout, noDropout } from "../nn/dropout.js";
import { orthogonal, zeros } from "../nn/init.js";
import { convLayer, groupNormLayer, type Layer, linearLayer } from "../nn/layers.js";
import { Scope } from "../nn/parameters.js";
import { noTap, type Tap } from "../nn/tap.js";
import { upsampleConvLayer } from "../nn/upsample-conv.js";
import type { Network } from "./network.js";

export interface Sr3Config {
  readonly inChannels: number;
  readonly outChannels: number;
  readonly width: number;
  /** Width of each level as a multiple of `width`; each level has half the resolution of the previous one. */
  readonly multipliers: readonly number[];
  readonly blocksPerLevel: number;
  readonly groups: number;
  readonly dropout: number;
}

/** Throws `argument` for a level that the network does not have. */
export function checkAttentionLevels({ multipliers }: Sr3Config, levels: readonly number[]): void {
  const unknown = levels.find((level) => level >= multipliers.length);
  if (unknown !== undefined)
    throw argumentError(
      "attentionLevels",
      `levels are 0 (finest) to ${multipliers.length - 1}, as many as multipliers`,
      unknown,
    );
}

/** Inputs of one pass through the network besides the image. */
export interface Pass {
  readonly dropout: Dropout;
  readonly tap: Tap;
}

export type Sr3Block = (x: Tensor, level: Tensor, pass: Pass) => Tensor;

export interface BlockPlace {
  readonly inChannels: number;
  readonly outChannels: number;
  /** 0 for the finest resolution. */
  readonly level: number;
  /** 0 or 1 for the two middle blocks, null elsewhere. */
  readonly middle: 0 | 1 | null;
}

const start = { init: orthogonal, biasInit: zeros } as const;

/** GroupNorm, Swish, dropout, 3x3 convolution. Parameters `block.0` and `block.3`. */
function normActConv(
  scope: Scope,
  inChannels: number,
  outChannels: number,
  { groups, dropout: rate }: { groups: number; dropout: number },
) {
  const norm = groupNormLayer(scope.child("block", 0), inChannels, groups);
  const conv = convLayer(scope.child("block", 3), { inChannels, outChannels, kernel: 3, ...start });
  return (x: Tensor, dropout: Dropout): Tensor => {
    const activated = silu(norm(x));
    return conv(rate > 0 ? dropout(activated, rate) : activated);
  };
}

/**
 * Two Blocks with the projection of the noise level added between them, and a 1x1 convolution on the shortcut where the
 * width changes.
 */
export function sr3ResidualBlock(scope: Scope, { inChannels, outChannels }: BlockPlace, config: Sr3Config): Sr3Block {
  const noise = linearLayer(scope.child("noise_func", "noise_func", 0), config.width, outChannels, start);
  // Published code applies dropout in the second Block only.
  const block1 = normActConv(scope.child("block1"), inChannels, outChannels, { ...config, dropout: 0 });
  const block2 = normActConv(scope.child("block2"), outChannels, outChannels, config);
  const shortcut: Layer =
    inChannels === outChannels
      ? (x) => x
      : convLayer(scope.child("res_conv"), { inChannels, outChannels, kernel: 1, ...start });
  return (x, level, { dropout }) => {
    const h = add(block1(x, dropout), reshape(noise(level), [level.shape[0]!, outChannels, 1, 1]));
    return add(block2(h, dropout), shortcut(x));
  };
}

/**
 * The whole network. `createBlock` creates each residual block (with its attention, if any) under its scope. Taps: the
 * result of every block and change of size under its name ("downs.1"), and the taps of the blocks.
 */
export function sr3Unet(config: Sr3Config, createBlock: (scope: Scope, place: BlockPlace) => Sr3Block): Network {
  const { inChannels, outChannels, width, multipliers, blocksPerLevel } = config;
  const root = Scope.root();
  const mlp1 = linearLayer(root.child("noise_level_mlp", 1), width, 4 * width, start);
  const mlp2 = linearLayer(root.child("noise_level_mlp", 3), 4 * width, width, start);

  // The way down: the first convolution, then blocks and halvings. Every result is kept for the way up.
  const first = convLayer(root.child("downs", 0), { inChannels, outChannels: width, kernel: 3, ...start });
  const downs: Sr3Block[] = [];
  const kept = [width];
  let channels = width;
  const last = multipliers.length - 1;
  multipliers.forEach((multiplier, level) => {
    for (let i = 0; i < blocksPerLevel; i++) {
      const place: BlockPlace = { inChannels: channels, outChannels: width * multiplier, level, middle: null };
      downs.push(createBlock(root.child("downs", downs.length + 1), place));
      channels = place.outChannels;
      kept.push(channels);
    }
    if (level === last) return;
    const halve = convLayer(root.child("downs", downs.length + 1, "conv"), {
      inChannels: channels,
      outChannels: channels,
      kernel: 3,
      stride: 2,
      padding: 1,
      ...start,
    });
    downs.push(halve);
    kept.push(channels);
  });

  const middle = ([0, 1] as const).map((i) =>
    createBlock(root.child("mid", i), { inChannels: channels, outChannels: channels, level: last, middle: i }),
  );

  const ups: { readonly layer: Sr3Block; readonly joins: boolean }[] = [];
  [...multipliers].reverse().forEach((multiplier, i) => {
    const level = last - i;
    for (let k = 0; k <= blocksPerLevel; k++) {
      const place: BlockPlace = {
        inChannels: channels + kept.pop()!,
        outChannels: width * multiplier,
        level,
        middle: null,
      };
      ups.push({ layer: createBlock(root.child("ups", ups.length), place), joins: true });
      channels = place.outChannels;
    }
    if (level === 0) return;
    const doubled = upsampleConvLayer(root.child("ups", ups.length, "conv"), { channels, ...start });
    ups.push({ layer: doubled, joins: false });
  });
  const final = normActConv(root.child("final_conv"), channels, outChannels, { groups: config.groups, dropout: 0 });

  return {
    parameters: root.parameters(),
    inChannels,
    outChannels,
    multiple: 2 ** last,
    reachPx: null, // group normalisation sees the whole image
    forward({ image, level, dropout = noDropout, tap = noTap }) {
      if (!level) throw argumentError("sr3-unet", "a noise level [N, 1] is needed", "none");
      const embedded = mlp2(silu(mlp1(noiseLevelEncoding(level, width))));
      const pass: Pass = { dropout, tap };
      let x = first(image);
      const go = (layer: Sr3Block, name: string, from = x): void => {
        const result = layer(from, embedded, pass);
        tap(name, () => result);
        x = result;
      };
      const skips = [x];
      downs.forEach((layer, i) => {
        go(layer, `downs.${i + 1}`);
        skips.push(x);
      });
      middle.forEach((layer, i) => {
        go(layer, `mid.${i}`);
      });
      ups.forEach(({ layer, joins }, i) => {
        go(layer, `ups.${i}`, joins ? concat([x, skips.pop()!], 1) : x);
      });
      return [final(x, dropout)];
    },
  };
}

/**
 * Sinusoidal encoding of the noise level sqrt(alphaBar), as in SR3 and the paper (no factor 2 pi).
 * level: [N, 1] -> [N, channels], sines then cosines of level * 10000^(-k / (channels / 2)), k = 0 .. channels / 2 - 1.
 * Throws `argument` for an odd number of channels.
 */
export function noiseLevelEncoding(level: Tensor, channels: number): Tensor {
  if (channels % 2 !== 0) throw argumentError("noiseLevelEncoding", "channels must be even", channels);
  const half = channels / 2;
  const angles = mul(
    level,
    constant(
      Float32Array.from({ length: half }, (_, k) => 1e4 ** (-k / half)),
      [half],
    ),
  );
  return concat([sin(angles), cos(angles)], level.shape.length - 1);
}
