/** @file What a graph costs, counted from it: the multiplications with additions of convolutions and matrix products. */
import { inOrder } from "./compile.js";
import type { Tensor } from "./tensor.js";

/** By the name of the op, from its inputs and result; all others are passes over memory and count nothing. */
const COUNTS: Readonly<Record<string, (inputs: readonly Tensor[], result: Tensor) => number>> = {
  conv2d: ([, weight], y) => y.size * (weight!.size / weight!.shape[0]!),
  /** As a layer, a transposed convolution: every input meets every weight of its channel. */
  conv2dInputGradient: ([x, weight]) => x!.size * (weight!.size / weight!.shape[0]!),
  linear: ([, weight], y) => y.size * weight!.shape[1]!,
  matmul: ([a, b], y) => {
    // M K, K P and M P: whichever sides are transposed, K^2 is what the two inputs hold beyond the result.
    const [m, p] = y.shape.slice(-2) as [number, number];
    const sizeOfMatrix = (x: Tensor) => x.shape.at(-1)! * x.shape.at(-2)!;
    const k = Math.sqrt((sizeOfMatrix(a!) * sizeOfMatrix(b!)) / (m * p));
    return y.size * k;
  },
};

/** Multiply-adds of all that the outputs need, each tensor computed once. A training step takes about three times a forward pass. */
export function multiplyAdds(outputs: readonly Tensor[]): number {
  return inOrder(outputs).reduce((sum, tensor) => sum + (COUNTS[tensor.form.name]?.(tensor.inputs, tensor) ?? 0), 0);
}
