/** @file Half instance normalisation (Chen et al. 2021, HINet): the first half of the channels is normalised, the other left as it is. */
import { add, div, mul, sub } from "../graph/ops/arithmetic.js";
import { maximum } from "../graph/ops/compare.js";
import { sqrt, square } from "../graph/ops/elementwise.js";
import { mean } from "../graph/ops/mean.js";
import { instanceNorm } from "../graph/ops/normalize.js";
import { concat, reshape, slice } from "../graph/ops/shape.js";
import type { Tensor } from "../graph/tensor.js";
import { ones, zeros } from "./init.js";
import type { Layer } from "./layers.js";
import type { Scope } from "./parameters.js";
import { contextPool, type Pooling } from "./pooling.js";

export interface HalfInstanceNormConfig {
  readonly channels: number;
  /** What mean and variance are taken over. */
  readonly pooling: Pooling;
  /** How many pixels of the photo a pixel is wide. */
  readonly scale: number;
}

/** x: [N, channels, H, W] -> the same. Parameters `weight`, `bias` of half the channels. */
export function halfInstanceNormLayer(scope: Scope, { channels, pooling, scale }: HalfInstanceNormConfig): Layer {
  const half = Math.floor(channels / 2);
  const weight = scope.parameter("weight", [half], ones);
  const bias = scope.parameter("bias", [half], zeros);
  const normalise: Layer =
    pooling.kind === "global"
      ? (x) => instanceNorm(x, weight, bias)
      : (x) => localNorm(x, contextPool(pooling, scale), weight, bias);
  return (x) => concat([normalise(slice(x, 1, 0, half)), slice(x, 1, half, channels)], 1);
}

/** The same with mean and variance of the window around each pixel (Chu et al. 2022). */
function localNorm(x: Tensor, pool: Layer, weight: Tensor, bias: Tensor, eps = 1e-5): Tensor {
  const perChannel = (value: Tensor): Tensor => reshape(value, [1, value.size, 1, 1]);
  // The mean of all changes nothing but the rounding: a variance as a difference of squares wants values near 0.
  const centred = sub(x, mean(x, { axes: [-2, -1], keepDims: true }));
  const local = pool(centred);
  const variance = maximum(sub(pool(square(centred)), square(local)), 0);
  return add(mul(div(sub(centred, local), sqrt(add(variance, eps))), perChannel(weight)), perChannel(bias));
}
