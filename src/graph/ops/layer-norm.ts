/** @file Layer normalisation over the last axis (Ba et al. 2016): one pass forward, few passes for the gradient. */
import { apply, checkShape, type Tensor } from "../tensor.js";
import { mul, sub } from "./arithmetic.js";
import { constant } from "./constant.js";
import { matmul } from "./matmul.js";
import { sumTo } from "./reduce.js";
import { reshape } from "./shape.js";

/** (x - mean) / sqrt(biased variance + eps) weight + bias over the last axis. x: [..., C], weight and bias: [C]. */
export function layerNorm(x: Tensor, weight: Tensor, bias: Tensor, eps = 1e-5): Tensor {
  const channels = x.shape.at(-1)!;
  checkShape("layerNorm: weight", weight, [channels]);
  checkShape("layerNorm: bias", bias, [channels]);
  return apply(
    {
      name: "layerNorm",
      onnx: (names, emit) => emit.node("LayerNormalization", names, attributes(eps)),
      gradient: (dy, [a, w, b]) => {
        const { normalized, inverseDeviation } = standardized(a!, eps);
        const along = mul(dy, normalized);
        // dx = (g - mean(g) - normalized mean(g normalized)) / deviation with g = dy w; subtracting the mean of g is a
        // product with diag(w) (I - 1/C), which costs less than another pass over memory.
        const centring = mul(reshape(w!, [channels, 1]), centringMatrix(channels));
        const projection = matmul(along, reshape(mul(w!, 1 / channels), [channels, 1]));
        const dx = mul(sub(matmul(dy, centring), mul(normalized, projection)), inverseDeviation);
        return [dx, sumTo(along, w!.shape), sumTo(dy, b!.shape)];
      },
    },
    [x, weight, bias],
    x.shape,
  );
}

const attributes = (eps: number) => ({ axis: -1, epsilon: { float: eps } });

/** I - 1/C. */
function centringMatrix(size: number): Tensor {
  const data = new Float32Array(size * size).fill(-1 / size);
  for (let i = 0; i < size; i++) data[i * size + i]! += 1;
  return constant(data, [size, size]);
}

/**
 * Two results of one node, without gradients of their own: (x - mean) / deviation, [..., C], and 1 / deviation, [...,
 * 1].
 */
function standardized(x: Tensor, eps: number): { readonly normalized: Tensor; readonly inverseDeviation: Tensor } {
  const channels = x.shape.at(-1)!;
  const [ones, zeros] = [1, 0].map((value) => constant(new Float32Array(channels).fill(value), [channels]));
  const result = (index: number, shape: readonly number[]): Tensor =>
    apply(
      {
        name: "standardized",
        onnx: (names, emit) => emit.nodeWithOutputs(3, "LayerNormalization", names, attributes(eps))[index]!,
      },
      [x, ones!, zeros!],
      shape,
    );
  return { normalized: result(0, x.shape), inverseDeviation: result(2, [...x.shape.slice(0, -1), 1]) };
}
