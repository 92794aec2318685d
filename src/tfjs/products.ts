/** @file Convolutions and sums of products. TensorFlow keeps channels last; products of matrices do as well. */

import { add } from "../graph/ops/arithmetic.js";
import { convTranspose2d } from "../graph/ops/conv-transpose2d.js";
import { conv2d } from "../graph/ops/conv2d.js";
import { matmul } from "../graph/ops/matmul.js";
import { pad, reshape, transpose } from "../graph/ops/shape.js";
import type { Tensor } from "../graph/tensor.js";
import type { NodeReader, Operation } from "./operation.js";
import { tensorOf, type Value } from "./value.js";

const CHANNELS_FIRST = [0, 3, 1, 2];
const CHANNELS_LAST = [0, 2, 3, 1];
const known = (node: NodeReader, inputs: readonly Value[]): readonly [number, number] => {
  const strides = node.ints("strides");
  const plain = node.ints("dilations").every((step) => step === 1) && node.text("data_format") === "NHWC";
  if (
    !plain ||
    strides.length !== 4 ||
    strides[0] !== 1 ||
    strides[3] !== 1 ||
    inputs.some((x) => x.shape.length !== 4)
  )
    throw node.refused("channels last, no dilation, and strides of rows and columns", inputs);
  return [strides[1]!, strides[2]!];
};

/** x: [N, H, W, C], kernel: [kh, kw, C, O], bias: [O] -> [N, H', W', O]. */
export function convolution(node: NodeReader, inputs: readonly Value[], bias: Tensor | null): Tensor {
  const [x, kernel] = inputs.map(tensorOf) as [Tensor, Tensor];
  const stride = known(node, inputs);
  const padding = node.text("padding");
  if (padding !== "SAME" && padding !== "VALID") throw node.refused("padding SAME or VALID", inputs);
  const [kh, kw, channels, out] = kernel.shape as [number, number, number, number];
  if (kh === 1 && kw === 1 && stride.every((step) => step === 1)) {
    const y = matmul(x, reshape(kernel, [channels, out]));
    return bias ? add(y, bias) : y;
  }
  // As many zeros as give ceil(length / stride) results; an odd one goes to the end.
  const zeros = [kh, kw].map((size, i) => {
    const [length, step] = [x.shape[i + 1]!, stride[i]!];
    const all = padding === "VALID" ? 0 : Math.max(0, (Math.ceil(length / step) - 1) * step + size - length);
    return [Math.floor(all / 2), Math.ceil(all / 2)] as const;
  });
  const even = zeros.every(([before, after]) => before === after);
  const planes = transpose(x, CHANNELS_FIRST);
  const y = conv2d(even ? planes : pad(planes, [[0, 0], [0, 0], ...zeros]), transpose(kernel, [3, 2, 0, 1]), bias, {
    stride,
    padding: even ? [zeros[0]![0], zeros[1]![0]] : 0,
  });
  return transpose(y, CHANNELS_LAST);
}

/** Its gradient for x, used as a layer. sizes: of the result; kernel: [kh, kw, O, C]; x: [N, H, W, C] -> [N, H', W', O]. */
function backpropagation(node: NodeReader, [sizes, ...inputs]: readonly Value[]): Tensor {
  const [kernel, x] = inputs.map(tensorOf) as [Tensor, Tensor];
  const stride = known(node, inputs);
  const y = convTranspose2d(transpose(x, CHANNELS_FIRST), transpose(kernel, [3, 2, 0, 1]), null, { stride });
  const result = transpose(y, CHANNELS_LAST);
  if (node.text("padding") !== "VALID" || result.shape.join() !== node.integers(sizes).join())
    throw node.refused(`padding VALID and a result of [${result.shape}]`, inputs);
  return result;
}

const EQUATIONS: Readonly<Record<string, (a: Tensor, b: Tensor) => Tensor>> = {
  "abcg,gf->abcf": matmul,
  /** Columns of b are e and f together: a product for each c, as [b, g] [g, e f]. */
  "gb,cgef->bcef"(a, b) {
    const [c, g, e, f] = b.shape as [number, number, number, number];
    const y = matmul(transpose(a, [1, 0]), reshape(b, [c, g, e * f]));
    return transpose(reshape(y, [c, a.shape[1]!, e, f]), [1, 0, 2, 3]);
  },
  /** A product for each a and b, as [f, g] [g, d]. */
  "abgd,gf->abdf": (a, b) => transpose(matmul(transpose(b, [1, 0]), a), [0, 1, 3, 2]),
};

export const PRODUCTS: Readonly<Record<string, Operation>> = {
  Conv2D: (node, inputs) => convolution(node, inputs, null),
  Conv2DBackpropInput: backpropagation,
  Einsum(node, inputs) {
    const equation = node.text("equation");
    const form = EQUATIONS[equation];
    if (!form || inputs.length !== 2)
      throw node.refused(`one of ${Object.keys(EQUATIONS).join(" ")} rather than ${equation}`, inputs);
    return form(tensorOf(inputs[0]!), tensorOf(inputs[1]!));
  },
};
