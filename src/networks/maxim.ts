/**
 * @file MAXIM (Tu et al., CVPR 2022): stages of U-Nets whose blocks mix positions by gated MLPs, locally within blocks
 * and globally over a grid. Parameter names are the paths of the published Flax tree; their layouts are PyTorch's.
 */
import * as z from "zod";
import { add, mul } from "../graph/ops/arithmetic.js";
import { sigmoid } from "../graph/ops/elementwise.js";
import { slice } from "../graph/ops/shape.js";
import { take } from "../graph/ops/take.js";
import type { Tensor } from "../graph/tensor.js";
import { convLayer, type Layer } from "../nn/layers.js";
import {
  channelsFirst,
  channelsLast,
  convolutionalAttention,
  convolved,
  crossGating,
  dense,
  denseAttention,
  doubling,
  multiAxisBlock,
  type Pending,
  plain,
  ready,
  upSample,
} from "../nn/multi-axis.js";
import { Scope } from "../nn/parameters.js";
import type { Network } from "./network.js";

export const maximSchema = z.strictObject({
  architecture: z.literal("maxim"),
  inChannels: z
    .int()
    .min(3)
    .max(48)
    .default(3)
    .describe("channels of the input: the photo first, then other images of the same scene"),
  features: z.int().min(4).max(256).multipleOf(4).default(32).describe("channels at the finest level"),
  stages: z.int().min(1).max(3).default(3).describe("number of consecutive U-Nets"),
  ends: z
    .enum(["output", "attention"])
    .default("output")
    .describe(
      "source of the last stage's picture: output convolutions, or supervised attention as in every earlier stage of a published network",
    ),
  coarseOutputs: z
    .boolean()
    .default(true)
    .describe(
      "whether the last stage also returns pictures of half and a quarter of the size, for losses at several scales",
    ),
});
export type MaximConfig = z.infer<typeof maximSchema>;

const LEVELS = [0, 1, 2] as const;
/** Pairs of a multi-axis block and a channel attention block at each level and at the bottleneck. */
const BLOCKS = 2;
/** Side of the blocks and of the grid at each level and at the bottleneck (an eighth of the size). */
const SIDES = [16, 16, 8, 8] as const;

/** Every 2^level-th pixel of [N, 3, H, W], the nearest neighbours of jax.image.resize. */
function nearest(image: Tensor, level: number): Tensor {
  const step = 2 ** level;
  const every = (length: number) => Array.from({ length: length / step }, (_, i) => i * step + step / 2);
  return level === 0 ? image : take(take(image, 2, every(image.shape[2]!)), 3, every(image.shape[3]!));
}

/** Features that a stage passes to the next one, by level. */
interface Passed {
  readonly encoded: readonly Tensor[];
  readonly decoded: readonly Tensor[];
  readonly attended: readonly Tensor[];
}

export function maxim({ inChannels, features, stages: count, ends, coarseOutputs }: MaximConfig): Network {
  const root = Scope.root();
  const widths = LEVELS.map((level) => features * 2 ** level);
  const deep = widths[2]!;
  let upSamples = 0;
  const resampled = (fromLevel: number, toLevel: number): ((x: Tensor) => Pending) =>
    upSample(
      root.child(`UpSampleRatio_${upSamples++}`),
      widths[fromLevel]!,
      widths[toLevel]!,
      2 ** (fromLevel - toLevel),
    );
  const blocks = (scope: Scope, level: number): Layer => {
    const [width, side] = [widths[level]!, SIDES[level]!];
    const list = Array.from({ length: BLOCKS }, (_, k) => [
      multiAxisBlock(scope.child(`SplitHeadMultiAxisGmlpLayer_${k}`), width, side),
      convolutionalAttention(scope.child(`channel_attention_block_1${k}`), width),
    ]).flat();
    return (x) => list.reduce((h, block) => block(h), x);
  };

  const stage = (s: number) => {
    const of = (name: string) => root.child(`stage_${s}_${name}`);
    const later = s > 0;
    const last = s === count - 1;
    const enter = LEVELS.map((level) => convolved(of(`input_conv_${level}`), inChannels, widths[level]!));
    const fuse = later
      ? LEVELS.map((i) => crossGating(of(`input_fuse_sam_${i}`), widths[i]!, widths[i]!, SIDES[i]!, null))
      : null;
    const encoders = LEVELS.map((level) => {
      const scope = of(`encoder_block_${level}`);
      const [width, below] = [widths[level]!, widths[Math.max(0, level - 1)]!];
      return {
        enter: dense(scope.child("Conv_0"), below + width, width),
        blocks: blocks(scope, level),
        gate: later ? crossGating(scope.child("cross_gating_block"), width, width, SIDES[level]!, null) : null,
        halve: convLayer(scope.child("Conv_1"), {
          ...{ inChannels: width, outChannels: width, kernel: 4, stride: 2, padding: 1 },
          ...plain,
        }),
      };
    });
    const bottleneck = Array.from({ length: 2 }, (_, k) => {
      const scope = of(`global_block_${k}`);
      const list = Array.from({ length: BLOCKS }, (_, b) => [
        multiAxisBlock(scope.child(`SplitHeadMultiAxisGmlpLayer_${b}`), deep, SIDES[3]),
        denseAttention(scope.child(`channel_attention_block_1_${b}`), deep),
      ]).flat();
      return { enter: dense(scope.child("input_proj"), deep, deep), list };
    });
    const downwards = [...LEVELS].reverse();
    const bridges = downwards.map((i) => {
      const parts = LEVELS.map((j) => resampled(j, i));
      const from = i === 2 ? deep : widths[i + 1]!;
      return { parts, gate: crossGating(of(`cross_gating_block_${i}`), 3 * widths[i]!, widths[i]!, SIDES[i]!, from) };
    });
    const decoders = downwards.map((i) => {
      const parts = downwards.map((j) => resampled(j, i));
      const scope = of(`decoder_block_${i}`);
      const from = i === 2 ? deep : widths[i + 1]!;
      return {
        parts,
        enlarge: doubling(scope.child("ConvTranspose_0"), from, widths[i]!),
        enter: dense(scope.child("UNetEncoderBlock_0", "Conv_0"), 4 * widths[i]!, widths[i]!),
        blocks: blocks(scope.child("UNetEncoderBlock_0"), i),
      };
    });
    const outputs = downwards.map((i) => {
      if (last && !coarseOutputs && i > 0) return null;
      const attention = of(`supervised_attention_module_${i}`);
      const byAttention = !last || ends === "attention";
      const conv = (scope: Scope, from: number, to: number) =>
        convLayer(scope, { inChannels: from, outChannels: to, kernel: 3, ...plain });
      return {
        image: conv(byAttention ? attention.child("Conv_1") : of(`output_conv_${i}`), widths[i]!, 3),
        features: last ? null : conv(attention.child("Conv_0"), widths[i]!, widths[i]!),
        gate: last ? null : conv(attention.child("Conv_2"), 3, widths[i]!),
      };
    });

    return (images: readonly Tensor[], before: Passed | null): { results: Tensor[]; passed: Passed } => {
      const shallow = LEVELS.map((i) => {
        const entered = enter[i]!(images[i]!);
        return fuse && before ? ready(fuse[i]!([entered], before.attended[i]!)[0]) : entered;
      });
      const encoded: Tensor[] = [];
      const halved = (level: number) => channelsLast(encoders[level]!.halve(channelsFirst(encoded[level]!)));
      for (const [i, { enter: join, blocks: through, gate }] of encoders.entries()) {
        // The finest level is concatenated with itself, as in the published code.
        const above = i === 0 ? shallow[0]! : ready(halved(i - 1));
        const entered = join.joined([above, shallow[i]!]);
        const left = add(through(entered), entered);
        encoded.push(gate && before ? gate([ready(left)], add(before.encoded[i]!, before.decoded[i]!))[0] : left);
      }
      let x = halved(2);
      for (const { enter: join, list } of bottleneck) {
        const entered = join(x);
        x = add(
          list.reduce((h, block) => block(h), entered),
          entered,
        );
      }
      const skips: Tensor[] = []; // from coarse to fine
      let carried = x;
      for (const { parts, gate } of bridges) {
        const [skip, next] = gate(
          parts.map((part, j) => part(encoded[j]!)),
          carried,
        );
        skips.push(skip);
        carried = next;
      }
      const decoded: Tensor[] = [];
      const attended: Tensor[] = [];
      const results: Tensor[] = [];
      for (const [at, { parts, enlarge, enter: join, blocks: through }] of decoders.entries()) {
        const entered = join.joined([enlarge(x), ...parts.map((part, j) => part(skips[j]!))]);
        x = add(through(entered), entered);
        const level = 2 - at;
        decoded.unshift(x);
        const output = outputs[at];
        if (!output) continue;
        const { image, features: toFeatures, gate } = output;
        const own = channelsFirst(x);
        const result = add(image(own), slice(images[level]!, 1, 0, 3));
        results.push(result);
        if (toFeatures && gate) attended.unshift(channelsLast(add(mul(toFeatures(own), sigmoid(gate(result))), own)));
      }
      return { results, passed: { encoded, decoded, attended } };
    };
  };
  const stages = Array.from({ length: count }, (_, s) => stage(s));

  return {
    parameters: root.parameters(),
    inChannels,
    outChannels: 3,
    multiple: 64,
    reachPx: null,
    tiles: { sidePx: 256, overlapPx: 24 },
    forward({ image }) {
      const images = LEVELS.map((level) => nearest(image, level));
      const all: Tensor[] = [];
      let before: Passed | null = null;
      for (const through of stages) {
        const { results, passed } = through(images, before);
        all.push(...results);
        before = passed;
      }
      return all;
    },
  };
}
