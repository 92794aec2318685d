/**
 * @file Channel attention (Hu et al. 2018; Zhang et al. 2018 for restoration): scales each channel by a factor computed
 * from the means of all channels.
 */
import { mul } from "../graph/ops/arithmetic.js";
import { sigmoid } from "../graph/ops/elementwise.js";
import { relu } from "../graph/ops/relu.js";
import { convLayer, type Layer } from "./layers.js";
import type { Scope } from "./parameters.js";

export interface ChannelAttentionConfig {
  readonly channels: number;
  /** The bottleneck has `channels / reduction` channels. */
  readonly reduction: number;
  readonly bias?: boolean;
  /**
   * Channel means: [N, C, H, W] -> [N, C, 1, 1] over the whole image, or [N, C, H, W] over a window around each pixel.
   */
  readonly pool: Layer;
}

/** x: [N, channels, H, W] -> the same. Parameters `conv_du.0`, `conv_du.2`, both 1x1 convolutions. */
export function channelAttentionLayer(scope: Scope, config: ChannelAttentionConfig): Layer {
  const { channels, reduction, bias = true, pool } = config;
  const squeezed = Math.floor(channels / reduction);
  const conv = (index: number, inChannels: number, outChannels: number): Layer =>
    convLayer(scope.child("conv_du", index), { inChannels, outChannels, kernel: 1, bias });
  const squeeze = conv(0, channels, squeezed);
  const excite = conv(2, squeezed, channels);
  return (x) => mul(x, sigmoid(excite(relu(squeeze(pool(x))))));
}
