/**
 * @file HAN (Niu et al. 2020, Single Image Super-Resolution via a Holistic Attention Network): RCAN's groups with
 * attention between their results and attention over channels and positions. At scale 1 it deblurs, at the others it
 * enlarges.
 */
import * as z from "zod";
import { add, mul, neg } from "../graph/ops/arithmetic.js";
import { conv3d } from "../graph/ops/conv3d.js";
import { sigmoid } from "../graph/ops/elementwise.js";
import { matmul } from "../graph/ops/matmul.js";
import { concat, reshape } from "../graph/ops/shape.js";
import { softmax } from "../graph/ops/softmax.js";
import type { Tensor } from "../graph/tensor.js";
import { torchDefault, uniformOfFanIn, zeros } from "../nn/init.js";
import { convLayer, type Layer } from "../nn/layers.js";
import { Scope } from "../nn/parameters.js";
import type { Network } from "./network.js";
import { aroundFeatures, residualGroupsShape } from "./residual-groups.js";

export const hanSchema = z.strictObject({
  architecture: z.literal("han"),
  ...residualGroupsShape,
  attendLast: z
    .boolean()
    .default(true)
    .describe(
      "include the convolution after the groups in layer attention, as the published code does; without it the parameter count matches the paper's table",
    ),
});
export type HanConfig = z.infer<typeof hanSchema>;

export function han(config: HanConfig): Network {
  const { features, groups, attendLast } = config;
  const root = Scope.root();
  const { fromImage, body, toImage } = aroundFeatures(root, config, { meanTrainable: false });
  const channelSpatial = channelSpatialAttentionLayer(root.child("csa"));
  const layerAttention = layerAttentionLayer(root.child("la"));
  const attended = groups + (attendLast ? 1 : 0);
  const fuse = convLayer(root.child("last_conv"), {
    inChannels: attended * features,
    outChannels: features,
    kernel: 3,
  });
  const join = convLayer(root.child("last"), { inChannels: 2 * features, outChannels: features, kernel: 3 });
  return {
    parameters: root.parameters(),
    inChannels: 3,
    outChannels: 3,
    scale: config.scale,
    multiple: 1,
    reachPx: null, // layer attention sees the whole image; so does channel attention without windows
    forward({ image }) {
      const first = fromImage(image);
      const results: Tensor[] = [];
      const last = body.reduce((x, layer) => {
        results.unshift(layer(x)); // newest first, as `last_conv` expects
        return results[0]!;
      }, first);
      const layers = fuse(layerAttention(results.slice(-attended)));
      return [toImage(add(join(concat([channelSpatial(last), layers], 1)), first))];
    },
  };
}

/**
 * Attention over channels and positions together: the gate of a value is computed from its neighbourhood in the volume.
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

/**
 * Attention between the features of several layers. L features [N, C, H, W] -> [N, L C, H, W]: each feature plus `gamma`
 * times a weighted mean of all features. The weights are a softmax of the negative dot products, so a layer attends to
 * the layers that are unlike it. For features of ordinary size the weights saturate at 0 and 1. Published code uses
 * max - product instead of -product; a softmax is invariant to that constant. Parameter `gamma` [1], initially 0.
 */
export function layerAttentionLayer(scope: Scope): (features: readonly Tensor[]) => Tensor {
  const gamma = scope.parameter("gamma", [1], zeros);
  return (features) => {
    const [n, c, h, w] = features[0]!.shape as [number, number, number, number];
    const stacked = concat(
      features.map((feature) => reshape(feature, [n, 1, c * h * w])),
      1,
    );
    const products = matmul(stacked, stacked, { transposeB: true }); // [N, L, L]
    const mixed = matmul(softmax(neg(products), -1), stacked);
    return reshape(add(mul(mixed, gamma), stacked), [n, features.length * c, h, w]);
  };
}
