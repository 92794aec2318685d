/**
 * @file DISTS, deep image structure and texture similarity (Ding et al. 2020): means and covariances of VGG16's
 * features, channel by channel, weighted by published weights. Pools are weighted root means of squares, in place of
 * VGG's maxima.
 */
import { add, div, mul, sub } from "../../graph/ops/arithmetic.js";
import { constant } from "../../graph/ops/constant.js";
import { conv2d } from "../../graph/ops/conv2d.js";
import { sqrt, square } from "../../graph/ops/elementwise.js";
import { mean } from "../../graph/ops/mean.js";
import { sum } from "../../graph/ops/reduce.js";
import { slice } from "../../graph/ops/shape.js";
import type { Tensor } from "../../graph/tensor.js";
import { DISTS_CHANNELS, distsParameters } from "../backbones/catalog.js";
import { type Backbone, backbone } from "../backbones/torchvision.js";
import type { Parameter } from "../parameters.js";

/** ImageNet's mean and deviation, for pictures in [0, 1]. */
const MEAN = [0.485, 0.456, 0.406];
const DEVIATION = [0.229, 0.224, 0.225];
/** Constant in both quotients. */
const EPSILON = 1e-6;
/** Under the root of the pools. */
const POOL_EPSILON = 1e-12;
/** The last rectifier of each block of VGG16. */
const TAPS = [3, 8, 15, 22, 29];

export interface Dists {
  readonly backbone: Backbone;
  /** alpha, beta. */
  readonly weights: readonly Parameter[];
  /** a, b: [N, 3, H, W], signed, sides of 16 px or more -> [N, 1, 1, 1], 0 for equal pictures. */
  distance(a: Tensor, b: Tensor): Tensor;
}

export function dists(): Dists {
  const vgg = backbone("vgg16", rootMeanPool);
  const weights = distsParameters();
  const [alpha, beta] = weights as readonly [Parameter, Parameter];
  const featuresOf = (x: Tensor): Tensor[] => {
    const unit = mul(add(x, 1), 0.5);
    const colour = (values: readonly number[]) => constant(values, [1, 3, 1, 1]);
    return [unit, ...vgg.features(div(sub(unit, colour(MEAN)), colour(DEVIATION)), TAPS)];
  };
  return {
    backbone: vgg,
    weights,
    distance(a, b) {
      const total = add(sum(alpha), sum(beta));
      const [ours, theirs] = [featuresOf(a), featuresOf(b)];
      let at = 0;
      const likeness = ours.map((x, k) => {
        const part = (weight: Tensor) => div(slice(weight, 1, at, at + DISTS_CHANNELS[k]!), total);
        const layer = layerLikeness(x, theirs[k]!, part(alpha), part(beta));
        at += DISTS_CHANNELS[k]!;
        return layer;
      });
      return sub(
        1,
        likeness.reduce((all, layer) => add(all, layer)),
      );
    },
  };
}

const mean2d = (x: Tensor): Tensor => mean(x, { axes: [2, 3], keepDims: true });

/** Texture by the means, structure by the covariance, of each channel; weighted and added: [N, 1, 1, 1]. */
function layerLikeness(x: Tensor, y: Tensor, alpha: Tensor, beta: Tensor): Tensor {
  const [mx, my] = [mean2d(x), mean2d(y)];
  const texture = div(add(mul(mul(mx, my), 2), EPSILON), add(add(square(mx), square(my)), EPSILON));
  const variance = (z: Tensor, m: Tensor) => mean2d(square(sub(z, m)));
  // The published code subtracts the product of the means from the mean of the products: the same but for its rounding,
  // which exceeds EPSILON where a channel is flat.
  const covariance = mean2d(mul(sub(x, mx), sub(y, my)));
  const structure = div(add(mul(covariance, 2), EPSILON), add(add(variance(x, mx), variance(y, my)), EPSILON));
  return sum(add(mul(alpha, texture), mul(beta, structure)), { axes: [1], keepDims: true });
}

/** Root of the Hann-weighted mean of squares, every other pixel (Henaff and Simoncelli 2016). x: [N, C, H, W]. */
function rootMeanPool(x: Tensor): Tensor {
  const hann = [0.25, 0.5, 0.25];
  const channels = x.shape[1]!;
  const filter = Array.from({ length: channels }, () => hann.flatMap((a) => hann.map((b) => a * b))).flat();
  const weight = constant(filter, [channels, 1, 3, 3]);
  return sqrt(add(conv2d(square(x), weight, null, { stride: 2, padding: 1, groups: channels }), POOL_EPSILON));
}
