/**
 * @file DeblurGAN-v2's generator (Kupyn et al. 2019, DeblurGAN-v2: Deblurring (Orders-of-Magnitude) Faster and Better):
 * a feature pyramid (Lin et al. 2017) on a pretrained classifier, heads on its levels, and a residual added to the
 * photo. The caller provides the backbone.
 */
import * as z from "zod";
import { shapeError } from "../../base/errors.js";
import { add } from "../../graph/ops/arithmetic.js";
import { clamp } from "../../graph/ops/compare.js";
import { tanh } from "../../graph/ops/elementwise.js";
import { type Margins, pad2d } from "../../graph/ops/pad2d.js";
import { relu } from "../../graph/ops/relu.js";
import { concat, pad, slice } from "../../graph/ops/shape.js";
import { upsampleNearest2d } from "../../graph/ops/upsample-nearest.js";
import type { Tensor } from "../../graph/tensor.js";
import { convLayer, type Layer } from "../../nn/layers.js";
import type { Scope } from "../../nn/parameters.js";
import {
  batchStatistics,
  NORMALISATIONS,
  type NormLayer,
  normLayer,
  runningStatistics,
  type Statistics,
} from "../../nn/running-statistics.js";
import { positiveCount } from "../counts.js";
import type { Network, NetworkInputs } from "../network.js";

/** Settings of all of DeblurGAN-v2's generators. */
export const generatorShape = {
  normalisation: z
    .enum(NORMALISATIONS)
    .default("instance")
    .describe("normalisation outside of the backbone: over each channel of a picture, or of the batch"),
  statistics: z
    .enum(["photo", "running"])
    .default("photo")
    .describe(
      "what normalisation uses when a photo is restored: the photo's own mean and variance, as published code does, or the running averages of training",
    ),
} as const;

/** Settings of the pyramid, with the published number of filters. */
export const pyramidShape = (filters: number) =>
  ({
    ...generatorShape,
    filters: positiveCount.multipleOf(2).default(filters).describe("channels of the heads and behind them"),
    pyramidFilters: positiveCount
      .multipleOf(2)
      .default(2 * filters)
      .describe(
        "channels of the pyramid; twice as many as `filters`, because the finest level is added behind the heads",
      ),
  }) as const;

export const matchingFilters = ({ filters, pyramidFilters }: { filters: number; pyramidFilters: number }): boolean =>
  pyramidFilters === 2 * filters;

export interface PyramidConfig {
  readonly normalisation: "instance" | "batch";
  readonly statistics: "photo" | "running";
  readonly filters: number;
  readonly pyramidFilters: number;
}

/** Features of a photo at 1/2, 1/4, 1/8, 1/16 and 1/32 of its size. */
export interface Backbone {
  /** [N, 3, H, W] -> five features, the finest first. */
  readonly features: (image: Tensor, statistics: Statistics) => readonly Tensor[];
  /** Channels of the five. */
  readonly channels: readonly number[];
  /**
   * Reflection padding that brings each level to its size after the 1x1 convolution, because the backbone's borders
   * shrink it.
   */
  readonly margins?: readonly (Margins | null)[];
  /** Aliases of its parameters in checkpoints. */
  readonly aliases: ReadonlyMap<string, string>;
  readonly path: string;
}

/** H and W must be multiples of this. */
const COARSEST = 32;

const conv3 = (scope: Scope, inChannels: number, outChannels: number, bias = true): Layer =>
  convLayer(scope, { inChannels, outChannels, kernel: 3, bias });

/** Convolution, normalisation and rectifier: parameters `0`, `1`. */
function normalised(scope: Scope, inChannels: number, outChannels: number, kind: "instance" | "batch"): NormLayer {
  const conv = conv3(scope.child(0), inChannels, outChannels);
  const norm = normLayer(scope.child(1), kind, outChannels);
  return (x, statistics) => relu(norm(conv(x), statistics));
}

function head(scope: Scope, inChannels: number, outChannels: number): Layer {
  const first = conv3(scope.child("block0"), inChannels, outChannels, false);
  const second = conv3(scope.child("block1"), outChannels, outChannels, false);
  return (x) => relu(second(relu(first(x))));
}

/** Published code pads with mid grey on the right and below, by a whole 32 px if the side already is a multiple. */
const greyMargin = (side: number): number => COARSEST - (side % COARSEST);

/**
 * Restores a photo as published: grey is padded and cropped again, and normalisation uses the picture's own statistics,
 * which include the grey. In training nothing is padded; the sides must be multiples of `trainedMultiple`.
 */
export function asPublished(
  statistics: "photo" | "running",
  forward: (image: Tensor, inputs: NetworkInputs & { readonly statistics: Statistics }) => Tensor,
  { where, trainedMultiple = COARSEST }: { readonly where: string; readonly trainedMultiple?: number },
): Network["forward"] {
  return (inputs) => {
    const { image } = inputs;
    const [, , height, width] = image.shape as [number, number, number, number];
    if (inputs.statistics) {
      if (height % trainedMultiple !== 0 || width % trainedMultiple !== 0)
        throw shapeError(where, `height and width that are multiples of ${trainedMultiple}`, image.shape);
      return [forward(image, { ...inputs, statistics: inputs.statistics })];
    }
    const larger = pad(image, [[0, 0], [0, 0], [0, greyMargin(height)], [0, greyMargin(width)]]); // biome-ignore format: a pair an axis
    const used = statistics === "photo" ? batchStatistics : runningStatistics;
    const restored = forward(larger, { ...inputs, statistics: used });
    return [slice(slice(restored, 2, 0, height), 3, 0, width)];
  };
}

/** The generator on a backbone registered under `fpn`. */
export function pyramidGenerator(
  root: Scope,
  backbone: Backbone,
  { normalisation, statistics: restoring, filters, pyramidFilters }: PyramidConfig,
  where: string,
): Network {
  const fpn = root.child("fpn");
  const topDown = [1, 2, 3].map((i) => normalised(fpn.child(`td${i}`), pyramidFilters, pyramidFilters, normalisation));
  const lateral = [4, 3, 2, 1, 0]
    .map((level) =>
      convLayer(fpn.child(`lateral${level}`), {
        inChannels: backbone.channels[level]!,
        outChannels: level === 0 ? pyramidFilters / 2 : pyramidFilters,
        kernel: 1,
        bias: false,
      }),
    )
    .reverse();
  const heads = [1, 2, 3, 4].map((i) => head(root.child(`head${i}`), pyramidFilters, filters));
  const smooth = normalised(root.child("smooth"), 4 * filters, filters, normalisation);
  const smooth2 = normalised(root.child("smooth2"), filters, filters / 2, normalisation);
  const final = conv3(root.child("final"), filters / 2, 3);

  return {
    parameters: root.parameters(),
    aliases: backbone.aliases,
    backbone: backbone.path,
    inChannels: 3,
    outChannels: 3,
    multiple: 1,
    trainedMultiple: COARSEST,
    padsTo: COARSEST,
    reachPx: null, // statistics of the whole photo
    forward: asPublished(
      restoring,
      (image, { statistics }) => {
        const levels = backbone.features(image, statistics).map((features, level) => {
          const x = lateral[level]!(features);
          const margins = backbone.margins?.[level];
          return margins ? pad2d(x, margins, "reflect") : x;
        }) as [Tensor, Tensor, Tensor, Tensor, Tensor];
        const down = (i: 0 | 1 | 2, level: Tensor, coarser: Tensor): Tensor =>
          topDown[i]!(add(level, upsampleNearest2d(coarser, 2)), statistics);
        const map4 = levels[4];
        const map3 = down(0, levels[3], map4);
        const map2 = down(1, levels[2], map3);
        const map1 = down(2, levels[1], map2);
        const quarter = concat(
          [map4, map3, map2, map1].map((map, i) => upsampleNearest2d(heads[3 - i]!(map), 2 ** (3 - i))),
          1,
        );
        const half = add(upsampleNearest2d(smooth(quarter, statistics), 2), levels[0]);
        const whole = upsampleNearest2d(smooth2(half, statistics), 2);
        return clamp(add(tanh(final(whole)), image), -1, 1);
      },
      { where },
    ),
  };
}

/** Each parameter under `from` has a second name under `to`. */
export function aliasesOf(
  labels: readonly string[],
  parts: readonly (readonly [to: string, from: string])[],
): Map<string, string> {
  return new Map(
    parts.flatMap(([to, from]) =>
      labels
        .filter((label) => label.startsWith(`${from}.`))
        .map((label) => [to + label.slice(from.length), label] as const),
    ),
  );
}
