/**
 * @file Supervised attention between two stages (Zamir et al. 2021, MPRNet): the first stage's picture gates the
 * features passed to the next.
 */
import { add, mul } from "../graph/ops/arithmetic.js";
import { sigmoid } from "../graph/ops/elementwise.js";
import type { Tensor } from "../graph/tensor.js";
import { convLayer, type Layer } from "./layers.js";
import type { Scope } from "./parameters.js";

export interface SupervisedAttentionConfig {
  readonly channels: number;
  readonly kernel: number;
  readonly bias: boolean;
}

export interface SupervisedFeatures {
  /** Features for the next stage, [N, channels, H, W]. */
  readonly features: Tensor;
  /** This stage's picture, [N, 3, H, W]. */
  readonly restored: Tensor;
}

/** x: [N, channels, H, W], image: [N, 3, H, W]. Parameters `conv1`, `conv2`, `conv3`. */
export function supervisedAttentionLayer(
  scope: Scope,
  { channels, kernel, bias }: SupervisedAttentionConfig,
): (x: Tensor, image: Tensor) => SupervisedFeatures {
  const conv = (name: string, inChannels: number, outChannels: number): Layer =>
    convLayer(scope.child(name), { inChannels, outChannels, kernel, bias });
  const transform = conv("conv1", channels, channels);
  const toImage = conv("conv2", channels, 3);
  const toGate = conv("conv3", 3, channels);
  return (x, image) => {
    const restored = add(toImage(x), image);
    return { features: add(mul(transform(x), sigmoid(toGate(restored))), x), restored };
  };
}
