/** @file What a node of a TensorFlow graph gives here: numbers already known, or a tensor of our graph. */
import { shapeError } from "../base/errors.js";
import type { TfArray } from "../checkpoints/tfjs/weights.js";
import { constant } from "../graph/ops/constant.js";
import { sizeOf, Tensor } from "../graph/tensor.js";

export type { TfArray };
export type Value = TfArray | Tensor;

export const isKnown = (value: Value): value is TfArray => !(value instanceof Tensor);

const tensors = new WeakMap<TfArray, Tensor>();

/** Known numbers as a constant of the graph, one for all who use them. Integers and truth values are left to who knows them. */
export function tensorOf(value: Value): Tensor {
  if (!isKnown(value)) return value;
  let tensor = tensors.get(value);
  if (!tensor) {
    tensor = constant(value.data, value.shape, value.dtype);
    tensors.set(value, tensor);
  }
  return tensor;
}

const STORES = { float32: Float32Array, int32: Int32Array, bool: Uint8Array } as const;

/** A known array of any of the types; numbers are rounded as the type does. */
export function array(dtype: TfArray["dtype"], shape: readonly number[], values: ArrayLike<number>): TfArray {
  if (values.length !== sizeOf(shape))
    throw shapeError("constant", `${sizeOf(shape)} values for [${shape}]`, `${values.length}`);
  return { dtype, shape, data: STORES[dtype].from(values) } as TfArray;
}

/** Steps in memory along each axis, row-major. */
export const stridesOf = (shape: readonly number[]): number[] => shape.map((_, axis) => sizeOf(shape.slice(axis + 1)));

/** An array of `shape` whose element at each index is that of `source` at an offset the index has. */
export function gathered(
  source: TfArray,
  shape: readonly number[],
  offset: (index: readonly number[]) => number,
): TfArray {
  const values = new Float64Array(sizeOf(shape));
  const index = shape.map(() => 0);
  for (let i = 0; i < values.length; i++) {
    values[i] = source.data[offset(index)]!;
    for (let axis = shape.length - 1; axis >= 0 && ++index[axis]! === shape[axis]; axis--) index[axis] = 0;
  }
  return array(source.dtype, shape, values);
}

/** The offset of an index into `shape`, aligned at the last axis, where axes of length 1 are repeated. */
export function broadcastOffset(shape: readonly number[], rank: number): (index: readonly number[]) => number {
  const strides = stridesOf(shape);
  const lead = rank - shape.length;
  return (index) => strides.reduce((sum, stride, i) => sum + (shape[i] === 1 ? 0 : index[i + lead]! * stride), 0);
}
