/**
 * @file Residual dense networks that enlarge: RDN (Zhang et al. 2018, Residual Dense Network for Image
 * Super-Resolution) and RRDN, ESRGAN's generator (Wang et al. 2018), as image-super-resolution (idealo) and UpscalerJS
 * publish them, and RRDBNet, ESRGAN's generator as its authors publish it, for ESRGAN and Real-ESRGAN. Names of
 * parameters are those of the published checkpoints.
 */
import * as z from "zod";
import { add, mul } from "../graph/ops/arithmetic.js";
import { pixelShuffle, pixelUnshuffle } from "../graph/ops/pixel-shuffle.js";
import { leakyRelu, relu } from "../graph/ops/relu.js";
import { concat } from "../graph/ops/shape.js";
import { upsampleNearest2d } from "../graph/ops/upsample-nearest.js";
import type { Tensor } from "../graph/tensor.js";
import { convLayer, type Layer } from "../nn/layers.js";
import { Scope } from "../nn/parameters.js";
import { positiveCount } from "./counts.js";
import type { Network } from "./network.js";

const scale = (scales: readonly number[], published: number) =>
  z
    .union(scales.map((one) => z.literal(one)))
    .default(published)
    .describe("enlargement");

export const rdnSchema = z.strictObject({
  architecture: z.literal("rdn"),
  features: positiveCount.default(64).describe("channels between blocks"),
  growth: positiveCount.default(64).describe("channels that each convolution of a block adds"),
  convs: positiveCount.default(1).describe("convolutions of a block"),
  blocks: positiveCount.default(10).describe("residual dense blocks"),
  scale: scale([2, 3, 4, 8], 2),
});
export type RdnConfig = z.infer<typeof rdnSchema>;

export const rrdnSchema = z.strictObject({
  architecture: z.literal("rrdn"),
  features: positiveCount.default(64).describe("channels between blocks"),
  growth: positiveCount.default(32).describe("channels that each convolution of a dense block adds"),
  convs: positiveCount.default(4).describe("convolutions of a dense block, before the one that fuses them"),
  denseBlocks: positiveCount.default(3).describe("dense blocks in each block"),
  blocks: positiveCount.default(10).describe("residual-in-residual dense blocks"),
  scale: scale([2, 3, 4, 8], 2),
});
export type RrdnConfig = z.infer<typeof rrdnSchema>;

export const rrdbNetSchema = z.strictObject({
  architecture: z.literal("rrdb-net"),
  features: positiveCount.default(64).describe("channels between blocks"),
  growth: positiveCount.default(32).describe("channels that each convolution of a dense block adds"),
  blocks: positiveCount.default(23).describe("residual-in-residual dense blocks"),
  scale: scale([2, 4], 4).describe("enlargement; at 2 the photo's pixels are unshuffled to channels first"),
});
export type RrdbNetConfig = z.infer<typeof rrdbNetSchema>;

const square = (scope: Scope, inChannels: number, outChannels: number, kernel = 3): Layer =>
  convLayer(scope, { inChannels, outChannels, kernel });
const chain =
  (layers: readonly Layer[]): Layer =>
  (x) =>
    layers.reduce((h, layer) => layer(h), x);
/** x + weight * layer(x) */
const residual =
  (layer: Layer, weight = 1): Layer =>
  (x) =>
    add(weight === 1 ? layer(x) : mul(layer(x), weight), x);
const list = <T>(length: number, make: (index: number) => T): T[] => Array.from({ length }, (_, i) => make(i));

/**
 * Convolutions that see x and the results of all before, and a last one that fuses them: [N, C, H, W] -> the same,
 * without the residual connection.
 */
export function denseLayers(convs: readonly Layer[], activation: Layer): Layer {
  return (x) => {
    let features: readonly Tensor[] = [x];
    for (const conv of convs.slice(0, -1)) features = [...features, activation(conv(concat(features, 1)))];
    return convs.at(-1)!(concat(features, 1));
  };
}

/** Factor of the residuals in ESRGAN, of a dense block and of a block of them. */
export const RESIDUAL_SCALE = 0.2;
/** Slope of ESRGAN's leaky rectifiers. */
export const ESRGAN_SLOPE = 0.2;

/** Filters of RDN's convolutions before the enlargement; fixed in published code. */
const UPN_FILTERS = [64, 32] as const;

/** Pixels in [0, 255]. */
export function rdn({ features, growth, convs, blocks, scale }: RdnConfig): Network {
  const root = Scope.root();
  const first = square(root.child("F_m1"), 3, features);
  const second = square(root.child("F_0"), features, features);
  const body = list(blocks, (block) =>
    residual(
      denseLayers(
        [
          ...list(convs, (i) => square(root.child(`F_${block + 1}_${i + 1}`), features + i * growth, growth)),
          square(root.child(`LFF_${block + 1}`), features + convs * growth, features, 1),
        ],
        relu,
      ),
    ),
  );
  const fused = chain([
    square(root.child("GFF_1"), blocks * features, features, 1),
    square(root.child("GFF_2"), features, features),
  ]);
  const [wide, narrow] = UPN_FILTERS;
  const pixels = 3 * scale ** 2;
  const enlarge = chain([
    square(root.child("UPN1"), features, wide, 5),
    relu,
    square(root.child("UPN2"), wide, narrow),
    relu,
    square(root.child("UPN3"), narrow, pixels),
    (x) => upsampleNearest2d(x, scale),
    square(root.child("SR"), pixels, 3),
  ]);
  return {
    parameters: root.parameters(),
    ...{ inChannels: 3, outChannels: 3, scale, multiple: 1 },
    // A pixel for each convolution of 3x3, two for the one of 5x5; the last one sees an enlarged pixel.
    reachPx: blocks * convs + 8,
    forward({ image }) {
      const start = first(image);
      const results: Tensor[] = [];
      body.reduce((x, block) => {
        results.push(block(x));
        return results.at(-1)!;
      }, second(start));
      return [enlarge(add(fused(concat(results, 1)), start))];
    },
  };
}

/** Pixels in [0, 1]. */
export function rrdn({ features, growth, convs, denseBlocks, blocks, scale }: RrdnConfig): Network {
  const root = Scope.root();
  const first = square(root.child("Pre_blocks_conv"), 3, features);
  const dense = (name: string): Layer =>
    residual(
      denseLayers(
        [
          ...list(convs, (i) => square(root.child(`F_${name}_${i + 1}`), features + i * growth, growth)),
          square(root.child(`LFF_${name}`), features + convs * growth, features),
        ],
        relu,
      ),
      RESIDUAL_SCALE,
    );
  const body = list(blocks, (block) =>
    residual(chain(list(denseBlocks, (i) => dense(`${block + 1}_${i + 1}`))), RESIDUAL_SCALE),
  );
  const deep = residual(chain([...body, square(root.child("post_blocks_conv"), features, features)]));
  const enlarge = chain([
    square(root.child("PreShuffle"), features, 3 * scale ** 2),
    (x) => pixelShuffle(x, scale),
    square(root.child("SR"), 3, 3),
  ]);
  return {
    parameters: root.parameters(),
    ...{ inChannels: 3, outChannels: 3, scale, multiple: 1 },
    reachPx: blocks * denseBlocks * (convs + 1) + 4,
    forward: ({ image }) => [enlarge(deep(first(image)))],
  };
}

/** Convolutions of RRDBNet's dense blocks, the fusing one included, and dense blocks in a block. */
const [RRDB_CONVS, RRDB_DENSE_BLOCKS] = [5, 3] as const;
/** Enlargement by RRDBNet itself: twice by 2. */
const RRDB_SCALE = 4;

/** Pixels in [0, 1]. */
export function rrdbNet({ features, growth, blocks, scale }: RrdbNetConfig): Network {
  const root = Scope.root();
  const unshuffle = RRDB_SCALE / scale;
  const lrelu: Layer = (x) => leakyRelu(x, ESRGAN_SLOPE);
  const named = (name: string): Layer => square(root.child(name), features, features);
  const first = square(root.child("conv_first"), 3 * unshuffle ** 2, features);
  const dense = (scope: Scope): Layer =>
    residual(
      denseLayers(
        list(RRDB_CONVS, (i) =>
          square(scope.child(`conv${i + 1}`), features + i * growth, i + 1 < RRDB_CONVS ? growth : features),
        ),
        lrelu,
      ),
      RESIDUAL_SCALE,
    );
  const body = list(blocks, (block) =>
    residual(chain(list(RRDB_DENSE_BLOCKS, (i) => dense(root.child("body", block, `rdb${i + 1}`)))), RESIDUAL_SCALE),
  );
  const deep = residual(chain([...body, named("conv_body")]));
  const twice = (name: string): Layer => chain([(x) => upsampleNearest2d(x, 2), named(name), lrelu]);
  const enlarge = chain([
    twice("conv_up1"),
    twice("conv_up2"),
    named("conv_hr"),
    lrelu,
    square(root.child("conv_last"), features, 3),
  ]);
  return {
    parameters: root.parameters(),
    ...{ inChannels: 3, outChannels: 3, scale, multiple: unshuffle },
    // In pixels of the photo; those after the enlargement add less than two of the network's own.
    reachPx: unshuffle * (blocks * RRDB_DENSE_BLOCKS * RRDB_CONVS + 4),
    forward: ({ image }) => [enlarge(deep(first(pixelUnshuffle(image, unshuffle))))],
  };
}
