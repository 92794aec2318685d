/**
 * @file Half instance normalisation (Chen et al. 2021, HINet): normalises the first half of the channels and passes the
 * other half through.
 */
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
  /** Region of the mean and variance: the whole photo or a window. */
  readonly pooling: Pooling;
  /** Width of a feature pixel in pixels of the photo. */
  readonly scale: number;
}

/** x: [N, channels, H, W] -> the same. Parameters `weight`, `bias`, each [channels / 2]. */
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

/** Instance normalisation with the mean and variance of the window around each pixel (Chu et al. 2022). */
function localNorm(x: Tensor, pool: Layer, weight: Tensor, bias: Tensor, eps = 1e-5): Tensor {
  const perChannel = (value: Tensor): Tensor => reshape(value, [1, value.size, 1, 1]);
  // Subtracting the global mean changes rounding only: a variance as a difference of squares loses digits far from 0.
  const centred = sub(x, mean(x, { axes: [-2, -1], keepDims: true }));
  const local = pool(centred);
  const variance = maximum(sub(pool(square(centred)), square(local)), 0);
  return add(mul(div(sub(centred, local), sqrt(add(variance, eps))), perChannel(weight)), perChannel(bias));
}
