/** @file Softmax along one axis. */
import { apply, type Tensor } from "../tensor.js";
import { mul, sub } from "./arithmetic.js";
import { sum } from "./reduce.js";

/** Softmax; the result sums to 1 along `axis` (negative: from the end). Any shape -> the same. */
export function softmax(x: Tensor, axis = -1): Tensor {
  const along = axis < 0 ? axis + x.shape.length : axis;
  return apply(
    {
      name: "softmax",
      onnx: ([a], emit) => emit.node("Softmax", [a!], { axis: along }),
      gradient: (dy, _, y) => [mul(y, sub(dy, sum(mul(dy, y), { axes: [along], keepDims: true })))],
    },
    [x],
    x.shape,
  );
}
