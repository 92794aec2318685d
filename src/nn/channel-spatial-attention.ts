/**
 * @file Attention over channels and positions together (Niu et al. 2020, HAN): the gate of a value is computed from its
 * neighbourhood in the volume.
 */
import { add, mul } from "../graph/ops/arithmetic.js";
import { conv3d } from "../graph/ops/conv3d.js";
import { sigmoid } from "../graph/ops/elementwise.js";
import { reshape } from "../graph/ops/shape.js";
import { torchDefault, uniformOfFanIn, zeros } from "./init.js";
import type { Layer } from "./layers.js";
import type { Scope } from "./parameters.js";

/**
 * x: [N, C, H, W] -> the same: x (1 + gamma sigmoid(conv(x))), with a 3x3x3 convolution over the volume C x H x W.
 * Parameters `conv.weight` [1, 1, 3, 3, 3], `conv.bias` [1], `gamma` [1] (initially 0).
 */
export function channelSpatialAttentionLayer(scope: Scope): Layer {
  const gamma = scope.parameter("gamma", [1], zeros);
  const weight = scope.child("conv").parameter("weight", [1, 1, 3, 3, 3], torchDefault);
  const bias = scope.child("conv").parameter("bias", [1], uniformOfFanIn(27));
  return (x) => {
    const [n, c, h, w] = x.shape as [number, number, number, number];
    const gate = sigmoid(conv3d(reshape(x, [n, 1, c, h, w]), weight, bias, { padding: 1 }));
    return mul(x, add(mul(reshape(gate, x.shape), gamma), 1));
  };
}
