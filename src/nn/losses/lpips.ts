/**
 * @file LPIPS, the learned perceptual distance (Zhang et al. 2018), version 0.1: features of a classifier, scaled to
 * length 1 at each pixel, whose squared differences are weighted per channel and averaged.
 */
import { add, div, sub } from "../../graph/ops/arithmetic.js";
import { constant } from "../../graph/ops/constant.js";
import { conv2d } from "../../graph/ops/conv2d.js";
import { sqrt, square } from "../../graph/ops/elementwise.js";
import { mean } from "../../graph/ops/mean.js";
import { sum } from "../../graph/ops/reduce.js";
import { resample } from "../../graph/ops/resample.js";
import type { Tensor } from "../../graph/tensor.js";
import { type Backbone, type BackboneName, backbone } from "../backbones/torchvision.js";
import { zeros } from "../init.js";
import { type Parameter, Scope } from "../parameters.js";

/** Compared modules and their numbers of channels. */
export const LPIPS_NETS = {
  alex: { backbone: "alexnet", taps: [1, 4, 7, 9, 11], channels: [64, 192, 384, 256, 256] },
  squeeze: {
    backbone: "squeezenet1_1",
    taps: [1, 4, 7, 9, 10, 11, 12],
    channels: [64, 128, 256, 384, 384, 512, 512],
  },
  vgg: { backbone: "vgg16", taps: [3, 8, 15, 22, 29], channels: [64, 128, 256, 512, 512] },
} as const satisfies Record<string, { backbone: BackboneName; taps: readonly number[]; channels: readonly number[] }>;

export type LpipsNet = keyof typeof LPIPS_NETS;

/** ImageNet's colours, for pictures in [-1, 1]. */
const SHIFT = [-0.03, -0.088, -0.188];
const SCALE = [0.458, 0.448, 0.45];
/** Added outside the root, as published: a pixel whose features are all zero has no gradient (NaN). */
const EPSILON = 1e-10;

export interface Lpips {
  readonly backbone: Backbone;
  /** `lin<k>.model.1.weight`, [1, C, 1, 1] of each layer, as the published files name them. */
  readonly linear: readonly Parameter[];
  /** a, b: [N, 3, H, W], signed -> maps [N, 1, H', W'] of each layer, from fine to coarse. */
  maps(a: Tensor, b: Tensor): Tensor[];
}

export function lpips(net: LpipsNet): Lpips {
  const { backbone: name, taps, channels } = LPIPS_NETS[net];
  const features = backbone(name);
  const root = Scope.root();
  const linear = channels.map((width, k) =>
    root.child(`lin${k}`, "model", 1).parameter("weight", [1, width, 1, 1], zeros, { trainable: false }),
  );
  const featuresOf = (x: Tensor): Tensor[] => {
    const colour = (values: readonly number[]) => constant(values, [1, 3, 1, 1]);
    return features.features(div(sub(x, colour(SHIFT)), colour(SCALE)), taps).map(ofLengthOne);
  };
  return {
    backbone: features,
    linear,
    maps(a, b) {
      const [ours, theirs] = [featuresOf(a), featuresOf(b)];
      return ours.map((x, k) => conv2d(square(sub(x, theirs[k]!)), linear[k]!, null));
    },
  };
}

const ofLengthOne = (x: Tensor): Tensor => div(x, add(sqrt(sum(square(x), { axes: [1], keepDims: true })), EPSILON));

/** Returns the distance of each pair, [N, 1, 1, 1], from the maps of `lpips`: the sum of their means over pixels. */
export const lpipsDistance = (maps: readonly Tensor[]): Tensor =>
  maps.map((map) => mean(map, { axes: [2, 3], keepDims: true })).reduce((total, layer) => add(total, layer));

/**
 * Returns the map of differences, [N, 1, H, W], from the maps of `lpips`: enlarged bilinearly and added. Its mean is
 * close to the distance, not equal.
 */
export const lpipsMap = (maps: readonly Tensor[], size: readonly [height: number, width: number]): Tensor =>
  maps.map((map) => resample(map, { mode: "bilinear", size })).reduce((total, layer) => add(total, layer));
