/** @file The cost of a graph: the number of multiply-adds in its convolutions and matrix products. */
import { inOrder } from "./compile.js";
import type { Tensor } from "./tensor.js";

/** Multiply-adds by op name, from the op's inputs and result. All other ops are passes over memory and count as 0. */
const COUNTS: Readonly<Record<string, (inputs: readonly Tensor[], result: Tensor) => number>> = {
  conv2d: ([, weight], y) => y.size * (weight!.size / weight!.shape[0]!),
  /** Used as a layer, this is a transposed convolution: every input value meets every weight of its channel. */
  conv2dInputGradient: ([x, weight]) => x!.size * (weight!.size / weight!.shape[0]!),
  conv2dWeightGradient: ([, dy], weight) => dy!.size * (weight.size / weight.shape[0]!),
  linear: ([, weight], y) => y.size * weight!.shape[1]!,
  matmul: ([a, b], y) => {
    // The sizes are M K, K P and M P: for either transposition, K^2 = (M K)(K P) / (M P).
    const [m, p] = y.shape.slice(-2) as [number, number];
    const sizeOfMatrix = (x: Tensor) => x.shape.at(-1)! * x.shape.at(-2)!;
    const k = Math.sqrt((sizeOfMatrix(a!) * sizeOfMatrix(b!)) / (m * p));
    return y.size * k;
  },
};

/** Multiply-adds of all tensors that the outputs need, each computed once. */
export function multiplyAdds(outputs: readonly Tensor[]): number {
  return inOrder(outputs).reduce((sum, tensor) => sum + (COUNTS[tensor.form.name]?.(tensor.inputs, tensor) ?? 0), 0);
}
