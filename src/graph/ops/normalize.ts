/**
 * @file Normalisations other than by groups: over given axes, over the channels of a pixel, over instances, over
 * batches.
 */
import { checkShape, type Tensor } from "../tensor.js";
import { add, div, mul, sub } from "./arithmetic.js";
import { filled } from "./constant.js";
import { sqrt, square } from "./elementwise.js";
import { groupNorm } from "./group-norm.js";
import { mean } from "./mean.js";
import { reshape, transpose } from "./shape.js";

/** The biased variance over `axes`, which keep the length 1. */
export function variance(x: Tensor, axes: readonly number[]): Tensor {
  return mean(square(sub(x, mean(x, { axes, keepDims: true }))), { axes, keepDims: true });
}

/** (x - mean) / sqrt(variance + eps) over `axes`; any shape -> the same. */
export function standardize(x: Tensor, axes: readonly number[], eps: number): Tensor {
  const centred = sub(x, mean(x, { axes, keepDims: true }));
  return div(centred, sqrt(add(mean(square(centred), { axes, keepDims: true }), eps)));
}

const perChannel = (value: Tensor, x: Tensor): Tensor =>
  reshape(value, [1, value.size, ...x.shape.slice(2).map(() => 1)]);

/** weight x + bias, with one weight and bias per channel of x [N, C, ...]. */
function scaleChannels(where: string, x: Tensor, weight: Tensor, bias: Tensor): Tensor {
  checkShape(`${where}: weight`, weight, [x.shape[1]!]);
  checkShape(`${where}: bias`, bias, [x.shape[1]!]);
  return add(mul(x, perChannel(weight, x)), perChannel(bias, x));
}

/** Layer normalisation over the channels of each pixel (NAFNet). x: [N, C, H, W] -> the same, weight and bias: [C]. */
export function layerNorm2d(x: Tensor, weight: Tensor, bias: Tensor, eps = 1e-6): Tensor {
  checkShape("layerNorm2d: x", x, ["N", "C", "H", "W"]);
  return scaleChannels("layerNorm2d", standardize(x, [1], eps), weight, bias);
}

/**
 * x divided by its root mean square over the channels of each pixel (Zhang and Sennrich 2019), without a gain. x: [N,
 * C, H, W] -> the same.
 */
export function rmsNorm2d(x: Tensor, eps = 1e-6): Tensor {
  checkShape("rmsNorm2d: x", x, ["N", "C", "H", "W"]);
  // The divisor has one channel: the passes over all channels, here and in the gradient, are products.
  return mul(x, div(1, sqrt(add(mean(square(x), { axes: [1], keepDims: true }), eps))));
}

/**
 * Instance normalisation: over each channel of each image (Ulyanov et al. 2016). x: [N, C, H, W] -> the same, weight
 * and bias: [C] or null.
 */
export function instanceNorm(x: Tensor, weight: Tensor | null, bias: Tensor | null, eps = 1e-5): Tensor {
  checkShape("instanceNorm: x", x, ["N", "C", "H", "W"]);
  const channels = x.shape[1]!;
  return groupNorm(x, weight ?? filled([channels], 1), bias ?? filled([channels], 0), channels, eps);
}

/**
 * Batch normalisation in training: over each channel of the whole batch (Ioffe and Szegedy 2015). x: [N, C, H, W] ->
 * the same, weight and bias: [C].
 */
export function batchNorm(x: Tensor, weight: Tensor, bias: Tensor, eps = 1e-5): Tensor {
  checkShape("batchNorm: x", x, ["N", "C", "H", "W"]);
  const [n, c, h, w] = x.shape as [number, number, number, number];
  // The batch's pictures one below the other are one picture, whose channels are normalised in fewer passes.
  const stacked = reshape(transpose(x, [1, 0, 2, 3]), [1, c, n * h, w]);
  return transpose(reshape(groupNorm(stacked, weight, bias, c, eps), [c, n, h, w]), [1, 0, 2, 3]);
}

/** Batch normalisation in use: with given statistics [C]; weight and bias: [C], or neither. */
export function batchNormWith(
  statistics: { readonly mean: Tensor; readonly variance: Tensor },
  x: Tensor,
  weight: Tensor | null,
  bias: Tensor | null,
  eps = 1e-5,
): Tensor {
  checkShape("batchNorm: x", x, ["N", "C", "H", "W"]);
  const centred = sub(x, perChannel(statistics.mean, x));
  const normalised = div(centred, perChannel(sqrt(add(statistics.variance, eps)), x));
  return weight && bias ? scaleChannels("batchNorm", normalised, weight, bias) : normalised;
}
