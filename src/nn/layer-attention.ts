/** @file Attention between the features of several layers (Niu et al. 2020, HAN). */
import { add, mul, neg } from "../graph/ops/arithmetic.js";
import { matmul } from "../graph/ops/matmul.js";
import { concat, reshape } from "../graph/ops/shape.js";
import { softmax } from "../graph/ops/softmax.js";
import type { Tensor } from "../graph/tensor.js";
import { zeros } from "./init.js";
import type { Scope } from "./parameters.js";

/**
 * L features [N, C, H, W] -> [N, L C, H, W]: each becomes itself plus `gamma` times a weighted mean of all. The weights are a
 * softmax of minus the dot products, so that a layer looks at those unlike itself; for features of ordinary size they saturate to
 * 0 and 1. Published code takes max - product instead of minus the product: the same, as a softmax does not see what is added to
 * all. Parameter `gamma` [1] starts at 0.
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
