/** @file Constants: values known when the graph is built. */
import { shapeError } from "../../base/errors.js";
import type { ConstantData } from "../emitter.js";
import { apply, type DType, type Shape, sizeOf, type Tensor } from "../tensor.js";

/** A constant tensor, float32 unless `dtype` says otherwise. */
export function constant(values: ConstantData | readonly number[], shape: Shape, dtype: DType = "float32"): Tensor {
  if (values.length !== sizeOf(shape))
    throw shapeError("constant", `${sizeOf(shape)} values for [${shape}]`, `${values.length}`);
  const data = Array.isArray(values) ? Float32Array.from(values as number[]) : (values as ConstantData);
  return apply({ name: "constant", onnx: (_, emit) => emit.constant(dtype, shape, data) }, [], shape, dtype);
}

/** A constant whose values are computed when a graph with it is encoded: counting its work needs none. */
export const deferredConstant = (values: () => Float32Array, shape: Shape): Tensor =>
  apply({ name: "constant", onnx: (_, emit) => emit.constant("float32", shape, values()) }, [], shape);

/** A tensor with the same value everywhere. */
export function filled(shape: Shape, value: number): Tensor {
  return apply(
    {
      name: "filled",
      onnx: (_, emit) =>
        shape.length === 0 ? emit.scalar(value) : emit.node("Expand", [emit.scalar(value), emit.ints(shape)]),
    },
    [],
    shape,
  );
}
