/** @file Attention between the features of several layers (Niu et al. 2020, HAN). */
import { add, mul, neg } from "../graph/ops/arithmetic.js";
import { matmul } from "../graph/ops/matmul.js";
import { concat, reshape } from "../graph/ops/shape.js";
import { softmax } from "../graph/ops/softmax.js";
import type { Tensor } from "../graph/tensor.js";
import { zeros } from "./init.js";
import type { Scope } from "./parameters.js";

/**
 * L features [N, C, H, W] -> [N, L C, H, W]: each feature plus `gamma` times a weighted mean of all features. The
 * weights are a softmax of the negative dot products, so a layer attends to the layers that are unlike it. For features
 * of ordinary size the weights saturate at 0 and 1. Published code uses max - product instead of -product; a softmax is
 * invariant to that constant. Parameter `gamma` [1], initially 0.
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
