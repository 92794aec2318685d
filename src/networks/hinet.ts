/**
 * @file HINet (Chen et al. 2021, Half Instance Normalization Network for Image Restoration): two consecutive U-Nets.
 * The second receives the first one's features: through supervised attention at its start, and through convolutions on
 * its way down.
 */
import * as z from "zod";
import { add } from "../graph/ops/arithmetic.js";
import { leakyRelu } from "../graph/ops/relu.js";
import { concat } from "../graph/ops/shape.js";
import type { Tensor } from "../graph/tensor.js";
import { halfInstanceNormLayer } from "../nn/half-instance-norm.js";
import { convLayer, convTransposeLayer, type Layer } from "../nn/layers.js";
import { Scope } from "../nn/parameters.js";
import { poolingSchema } from "../nn/pooling.js";
import { supervisedAttentionLayer } from "../nn/supervised-attention.js";
import { positiveCount, wholeCount } from "./counts.js";
import type { Network } from "./network.js";

export const hinetSchema = z.strictObject({
  architecture: z.literal("hinet"),
  width: z.int().min(2).default(64).describe("channels at the finest level; each coarser level has twice as many"),
  depth: positiveCount.default(5).describe("levels"),
  normalisedLevels: z
    .tuple([wholeCount, wholeCount])
    .default([3, 4])
    .describe("first and last level (0 = finest) whose blocks on the way down normalise half of their channels"),
  pooling: poolingSchema,
});
export type HinetConfig = z.infer<typeof hinetSchema>;

const SLOPE = 0.2;

/** Two convolutions in parallel with a 1x1 convolution. `normalise` is applied to the first one's result. */
function block(
  scope: Scope,
  inChannels: number,
  outChannels: number,
  normalise: (scope: Scope) => Layer = () => (x) => x,
): Layer {
  const shortcut = convLayer(scope.child("identity"), { inChannels, outChannels, kernel: 1 });
  const first = convLayer(scope.child("conv_1"), { inChannels, outChannels, kernel: 3 });
  const second = convLayer(scope.child("conv_2"), { inChannels: outChannels, outChannels, kernel: 3 });
  const norm = normalise(scope.child("norm"));
  return (x) => {
    const h = leakyRelu(norm(first(x)), SLOPE);
    return add(leakyRelu(second(h), SLOPE), shortcut(x));
  };
}

/** Features of a stage at each level on its way down and up, from fine to coarse. */
interface StageFeatures {
  readonly down: readonly Tensor[];
  readonly up: readonly Tensor[];
}

interface Stage {
  /** x: [N, width, H, W]. `before`: the first stage's features, for the second stage. */
  forward(x: Tensor, before: StageFeatures | null): StageFeatures;
}

/** One of the two U-Nets. Parameters `down_path_K`, `skip_conv_K`, `up_path_K`. */
function stage(root: Scope, number: 1 | 2, { width, depth, normalisedLevels, pooling }: HinetConfig): Stage {
  const widths = Array.from({ length: depth }, (_, i) => width * 2 ** i);
  const same = (scope: Scope, channels: number): Layer =>
    convLayer(scope, { inChannels: channels, outChannels: channels, kernel: 3 });

  const down = widths.map((channels, i) => {
    const scope = root.child(`down_path_${number}`, i);
    const normalised = normalisedLevels[0] <= i && i <= normalisedLevels[1];
    const norm = (place: Scope): Layer => halfInstanceNormLayer(place, { channels, pooling, scale: 2 ** i });
    const coarsest = i === depth - 1;
    return {
      block: block(scope, widths[Math.max(0, i - 1)]!, channels, normalised ? norm : undefined),
      // Convolutions of the first stage's features for the second stage, at every level but the coarsest.
      fused:
        number === 2 && !coarsest
          ? ([same(scope.child("csff_enc"), channels), same(scope.child("csff_dec"), channels)] as const)
          : null,
      halve: coarsest
        ? null
        : convLayer(scope.child("downsample"), {
            inChannels: channels,
            outChannels: channels,
            kernel: 4,
            stride: 2,
            padding: 1,
            bias: false,
          }),
    };
  });
  // Numbered in execution order: from coarse to fine.
  const up = widths.slice(0, -1).map((channels, i) => {
    const place = depth - 2 - i;
    const scope = root.child(`up_path_${number}`, place);
    const double = { inChannels: 2 * channels, outChannels: channels, kernel: 2, stride: 2 };
    return {
      skip: same(root.child(`skip_conv_${number}`, place), channels),
      enlarge: convTransposeLayer(scope.child("up"), double),
      block: block(scope.child("conv_block"), 2 * channels, channels),
    };
  });

  return {
    forward(x, before) {
      const downs: Tensor[] = [];
      let h = x;
      for (const [i, { block, fused, halve }] of down.entries()) {
        h = block(h);
        if (fused && before) h = add(add(h, fused[0](before.down[i]!)), fused[1](before.up[i]!));
        downs.push(h);
        if (halve) h = halve(h);
      }
      const ups: Tensor[] = [downs.at(-1)!];
      for (const [i, { skip, enlarge, block }] of [...up.entries()].reverse())
        ups.unshift(block(concat([enlarge(ups[0]!), skip(downs[i]!)], 1)));
      return { down: downs, up: ups };
    },
  };
}

export function hinet(config: HinetConfig): Network {
  const { width, depth } = config;
  const root = Scope.root();
  const [head1, head2] = ["conv_01", "conv_02"].map((name) =>
    convLayer(root.child(name), { inChannels: 3, outChannels: width, kernel: 3 }),
  ) as [Layer, Layer];
  const [stage1, stage2] = [stage(root, 1, config), stage(root, 2, config)];
  const attention = supervisedAttentionLayer(root.child("sam12"), { channels: width, kernel: 3, bias: true });
  const join = convLayer(root.child("cat12"), { inChannels: 2 * width, outChannels: width, kernel: 1 });
  const last = convLayer(root.child("last"), { inChannels: width, outChannels: 3, kernel: 3 });
  return {
    parameters: root.parameters(),
    inChannels: 3,
    outChannels: 3,
    multiple: 2 ** (depth - 1),
    reachPx: null, // instance normalisation sees the whole image; the sum of its windows exceeds most images
    forward({ image }) {
      const first = stage1.forward(head1(image), null);
      const { features, restored } = attention(first.up[0]!, image);
      const second = stage2.forward(join(concat([head2(image), features], 1)), first);
      return [restored, add(last(second.up[0]!), image)];
    },
  };
}
