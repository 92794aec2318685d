/**
 * @file Estimates the motion at each place of a photo and undoes it. A bank of inverse filters for candidate motions
 * (`inverse-filters.ts`) is mixed by the likelihoods that a small network estimates for each place. Sun et al. 2015
 * chose among 73 candidates in this way; here the mixture is trained end to end by the loss of the restored picture.
 * Estimating the motion is the part that a restoring network learns most slowly.
 */
import * as z from "zod";
import { add, mul, sub } from "../graph/ops/arithmetic.js";
import { clamp } from "../graph/ops/compare.js";
import { constant } from "../graph/ops/constant.js";
import { conv2d } from "../graph/ops/conv2d.js";
import { sqrt, square } from "../graph/ops/elementwise.js";
import { pad2d } from "../graph/ops/pad2d.js";
import { pixelShuffle, pixelUnshuffle } from "../graph/ops/pixel-shuffle.js";
import { sum } from "../graph/ops/reduce.js";
import { relu } from "../graph/ops/relu.js";
import { resample } from "../graph/ops/resample.js";
import { slice } from "../graph/ops/shape.js";
import { silu } from "../graph/ops/silu.js";
import { softmax } from "../graph/ops/softmax.js";
import type { Tensor } from "../graph/tensor.js";
import { scaledNormal, zeros } from "../nn/init.js";
import { convLayer } from "../nn/layers.js";
import { Scope } from "../nn/parameters.js";
import { positiveCount, wholeCount } from "./counts.js";
import { candidateSchema, candidatesOf, inverseFilters } from "./inverse-filters.js";
import type { Network } from "./network.js";
import { RESIDUAL_BLOCK_REACH, residualBlock } from "./residual-block.js";

const scaleSchema = z.strictObject({
  shrink: z
    .union([z.literal(2), z.literal(4), z.literal(8)])
    .describe("factor by which each side is shrunk before filtering"),
  ...candidateSchema.shape,
});

export const motionBankSchema = z.strictObject({
  architecture: z.literal("motion-bank"),
  inChannels: z
    .union([z.literal(3), z.literal(6)])
    .default(6)
    .describe("3: the photo; 6: the photo and its blind deconvolution, which is one more candidate"),
  judges: z
    .enum(["photo", "all"])
    .default("photo")
    .describe(
      "input of the likelihoods: the photo, or all channels, so that ringing reveals a deconvolution with a wrong kernel",
    ),
  widths: z
    .tuple([positiveCount, positiveCount, positiveCount, positiveCount])
    .describe("channels at a half, a quarter, an eighth and a sixteenth of the resolution"),
  blocks: z.tuple([wholeCount, wholeCount, wholeCount, wholeCount]).describe("residual blocks at each of these scales"),
  lastBlocks: wholeCount.default(1).describe("residual blocks at an eighth, after the sixteenth"),
  scales: z.array(scaleSchema).min(1).describe("the candidates, by the resolution at which they are computed"),
});
export type MotionBankConfig = z.infer<typeof motionBankSchema>;

/** Side of a cell of the likelihoods, in pixels. */
const CELL_PX = 8;

/** Lower bound of the light. Below it is noise; the bound also limits the slope of the camera's curve. */
const MIN_LIGHT = 1e-3;

/**
 * Light from signed pixels, [-1, 1] -> [0, 1]. A square root approximates the camera's curve, a power of 1 / 2.2, and
 * is the engine's fastest function.
 */
const lightOf = (photo: Tensor): Tensor => square(mul(add(photo, 1), 0.5));
const signedOf = (light: Tensor): Tensor => mul(sqrt(add(relu(light), MIN_LIGHT)), 2);

/** Mean over each square and all colours: [N, 3, H, W] -> [N, 1, H / shrink, W / shrink]. */
function shrunkLuma(light: Tensor, shrink: number): Tensor {
  const weight = new Float32Array(3 * shrink * shrink).fill(1 / (3 * shrink * shrink));
  return conv2d(light, constant(weight, [1, 3, shrink, shrink]), null, { stride: shrink });
}

/** Result of each candidate's filter on the luma, [N, count, h, w]; border pixels are repeated. */
function additions(luma: Tensor, filters: Tensor): Tensor {
  const margin = (filters.shape[2]! - 1) / 2;
  return conv2d(pad2d(luma, { top: margin, bottom: margin, left: margin, right: margin }, "replicate"), filters, null);
}

export function motionBank(config: MotionBankConfig): Network {
  const { inChannels, judges, widths, blocks, lastBlocks, scales } = config;
  const root = Scope.root();
  const plain = { init: scaledNormal(1), biasInit: zeros } as const;
  const same = { levelChannels: 0, normalise: true } as const;
  const chain = (name: string, count: number, width: number) => {
    const list = Array.from({ length: count }, (_, i) => residualBlock(root.child(name, i), width, same));
    return (x: Tensor) => list.reduce((h, block) => block(h, null), x);
  };
  const likelihoodChannels = judges === "all" ? inChannels : 3;
  const stages = widths.map((width, i) => ({
    enter: convLayer(root.child("enter", i), {
      ...plain,
      kernel: i === 0 ? 3 : 1,
      inChannels: 4 * (i === 0 ? likelihoodChannels : widths[i - 1]!),
      outChannels: width,
    }),
    blocks: chain(`blocks.${i}`, blocks[i]!, width),
  }));
  const back = convLayer(root.child("back"), {
    ...plain,
    kernel: 1,
    inChannels: widths[3],
    outChannels: 4 * widths[2],
  });
  const last = chain("last", lastBlocks, widths[2]);
  const groups = scales.map(({ shrink, taps, ...rest }) => {
    const candidates = candidatesOf(rest);
    let made: Float32Array | null = null;
    // Designed on first use: a network is often created for its parameters alone.
    const filters = () => {
      made ??= inverseFilters(candidates, taps);
      return constant(made, [candidates.length, 1, taps, taps]);
    };
    return { shrink, candidates, filters };
  });
  const others = inChannels === 6 ? 2 : 1; // the unchanged photo, and its deconvolution
  const count = groups.reduce((total, { candidates }) => total + candidates.length, others);
  const likelihood = convLayer(root.child("likelihood"), {
    kernel: 1,
    inChannels: widths[2],
    outChannels: count,
    init: zeros,
    biasInit: zeros,
  });

  /** Likelihoods of the candidates, which sum to 1: [N, likelihoodChannels, H, W] -> [N, count, H / 8, W / 8]. */
  const likelihoods = (input: Tensor): Tensor => {
    let x = input;
    let skip = input;
    for (const [i, { enter, blocks: through }] of stages.entries()) {
      x = through(silu(enter(pixelUnshuffle(x, 2))));
      if (i === 2) skip = x;
    }
    x = last(add(skip, pixelShuffle(back(x), 2)));
    return softmax(likelihood(x), 1);
  };

  return {
    parameters: root.parameters(),
    inChannels,
    outChannels: 3,
    multiple: 16,
    reachPx: reach(config),
    forward({ image }) {
      const photo = slice(image, 1, 0, 3);
      const shares = likelihoods(slice(image, 1, 0, likelihoodChannels));
      const light = lightOf(photo);
      let result = photo;
      if (inChannels === 6) {
        const share = resample(slice(shares, 1, 1, 2), { mode: "bilinear", scale: CELL_PX });
        result = add(result, mul(share, sub(slice(image, 1, 3, 6), photo)));
      }
      let from = others;
      for (const { shrink, candidates, filters } of groups) {
        const luma = shrunkLuma(light, shrink);
        const own = slice(shares, 1, from, from + candidates.length);
        from += candidates.length;
        const weights = shrink === CELL_PX ? own : resample(own, { mode: "bilinear", scale: CELL_PX / shrink });
        const more = sum(mul(weights, additions(luma, filters())), { axes: [1], keepDims: true });
        const difference = sub(signedOf(add(luma, more)), signedOf(luma));
        result = add(result, resample(difference, { mode: "bilinear", scale: shrink }));
      }
      return [clamp(result, -1, 1)];
    },
  };
}

/** Reach of a cell of `scale` pixels beyond its border under linear enlargement. */
const enlarged = (scale: number): number => scale / 2;

/** The larger of the likelihoods' reach and the filters' reach, in pixels. */
function reach({ blocks, lastBlocks, scales }: MotionBankConfig): number {
  const convolutions = blocks.reduce((total, number, i) => total + number * RESIDUAL_BLOCK_REACH * 2 ** (i + 1), 2);
  const coarsest = 2 ** blocks.length;
  const likelihoods = convolutions + coarsest - 1 + lastBlocks * RESIDUAL_BLOCK_REACH * CELL_PX + enlarged(CELL_PX);
  const ofScales = scales.map(({ shrink, taps }) => {
    const mixed = likelihoods + (shrink < CELL_PX ? enlarged(shrink) : 0);
    return Math.max(mixed, (shrink * (taps - 1)) / 2 + shrink - 1 + enlarged(shrink));
  });
  return Math.max(likelihoods, ...ofScales);
}
