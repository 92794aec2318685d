/** @file Residual block of this project's own networks. */
import { add, mul } from "../graph/ops/arithmetic.js";
import { rmsNorm2d } from "../graph/ops/normalize.js";
import { reshape, slice } from "../graph/ops/shape.js";
import { silu } from "../graph/ops/silu.js";
import type { Tensor } from "../graph/tensor.js";
import { scaledNormal, zeros } from "../nn/init.js";
import { convLayer, linearLayer } from "../nn/layers.js";
import type { Scope } from "../nn/parameters.js";

export interface ResidualBlockConfig {
  /** Width of the noise level's embedding; 0 for a block without a noise level. */
  readonly levelChannels: number;
  /** Divide the input by its root mean square over the channels of each pixel. */
  readonly normalise: boolean;
}

/** x: [N, C, H, W], level: the embedding [N, levelChannels], or null -> [N, C, H, W]. */
export type ResidualBlock = (x: Tensor, level: Tensor | null) => Tensor;

/**
 * x + conv(silu((1 + gain) conv(n(x)) + offset)), where n normalises or is the identity. Gain and offset are linear in
 * the level's embedding. They and the last convolution start at zero.
 */
export function residualBlock(
  scope: Scope,
  channels: number,
  { levelChannels, normalise }: ResidualBlockConfig,
): ResidualBlock {
  const conv1 = convLayer(scope.child("conv1"), {
    inChannels: channels,
    outChannels: channels,
    kernel: 3,
    init: scaledNormal(Math.SQRT2),
    biasInit: zeros,
  });
  const conv2 = convLayer(scope.child("conv2"), {
    inChannels: channels,
    outChannels: channels,
    kernel: 3,
    init: zeros,
    biasInit: zeros,
  });
  const modulation =
    levelChannels > 0
      ? linearLayer(scope.child("level"), levelChannels, 2 * channels, { init: zeros, biasInit: zeros })
      : null;
  return (x, level) => {
    let h = conv1(normalise ? rmsNorm2d(x) : x);
    if (modulation && level) {
      const both = reshape(modulation(level), [level.shape[0]!, 2 * channels, 1, 1]);
      h = add(mul(h, add(slice(both, 1, 0, channels), 1)), slice(both, 1, channels, 2 * channels));
    }
    return add(x, conv2(silu(h)));
  };
}

/** Reach of a block: pixels to each side that a pixel of the result depends on. */
export const RESIDUAL_BLOCK_REACH = 2;
