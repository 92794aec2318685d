/** @file Maximum over axes. */
import { apply, type Tensor } from "../tensor.js";
import { div, mul } from "./arithmetic.js";
import { greaterOrEqual, where } from "./compare.js";
import { filled } from "./constant.js";
import { type ReduceOptions, reducedShapes, sum } from "./reduce.js";
import { reshape } from "./shape.js";

/** The maximum over `axes` (all when left out). Equal maxima share the gradient. */
export function max(x: Tensor, { axes, keepDims = false }: ReduceOptions = {}): Tensor {
  const shapes = reducedShapes("max", x.shape, axes);
  return apply(
    {
      name: "max",
      onnx: ([a], emit) => emit.node("ReduceMax", [a!, emit.ints(shapes.axes)], { keepdims: keepDims ? 1 : 0 }),
      gradient: (dy, [a], y) => {
        const isMax = where(greaterOrEqual(a!, reshape(y, shapes.kept)), filled([], 1), 0);
        const count = sum(isMax, { axes: shapes.axes, keepDims: true });
        return [mul(isMax, div(reshape(dy, shapes.kept), count))];
      },
    },
    [x],
    keepDims ? shapes.kept : shapes.dropped,
  );
}
