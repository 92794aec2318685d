/** @file Half instance normalisation (Chen et al. 2021, HINet): the first half of the channels is normalised, the other left as it is. */
import { instanceNorm } from "../graph/ops/normalize.js";
import { concat, slice } from "../graph/ops/shape.js";
import { ones, zeros } from "./init.js";
import type { Layer } from "./layers.js";
import type { Scope } from "./parameters.js";

/** x: [N, channels, H, W] -> the same; statistics over each image's whole planes. Parameters `weight`, `bias` of half the channels. */
export function halfInstanceNormLayer(scope: Scope, channels: number): Layer {
  const half = Math.floor(channels / 2);
  const weight = scope.parameter("weight", [half], ones);
  const bias = scope.parameter("bias", [half], zeros);
  return (x) => concat([instanceNorm(slice(x, 1, 0, half), weight, bias), slice(x, 1, half, channels)], 1);
}
