/** @file Selection of elements at fixed indices along an axis, in any order, with repetition. */
import { argumentError } from "../../base/errors.js";
import type { Emitter } from "../emitter.js";
import { apply, type Tensor } from "../tensor.js";
import { alongAxis, matrixOf } from "./axis-matrix.js";

/** y[.., i, ..] = x[.., indices[i], ..] along `axis` (not negative). */
export function take(x: Tensor, axis: number, indices: readonly number[]): Tensor {
  const length = x.shape[axis] ?? 0;
  const outside = indices.find((index) => !Number.isInteger(index) || index < 0 || index >= length);
  if (outside !== undefined)
    throw argumentError(
      "take",
      `indices must be integers from 0 to ${length - 1} on axis ${axis} of [${x.shape}]`,
      outside,
    );
  return apply(
    {
      name: "take",
      onnx: ([a], emit) => emit.node("Gather", [a!, emit.ints(indices)], { axis }),
      // Each element gets the sum of the gradients of its copies.
      gradient: (dy) => [
        alongAxis(
          dy,
          axis,
          matrixOf(length, indices.length, (row, column) => (indices[column] === row ? 1 : 0)),
        ),
      ],
      ...(evenStep(indices) === null ? {} : { anySize: { onnx: ([a], emit) => emitSlice(emit, a!, axis, indices) } }),
    },
    [x],
    x.shape.map((n, i) => (i === axis ? indices.length : n)),
    x.dtype,
  );
}

/** The common difference of neighbouring indices, or null if they differ or decrease. */
function evenStep(indices: readonly number[]): number | null {
  const step = indices[1]! - indices[0]!;
  return step > 0 && indices.every((index, i) => index === indices[0]! + i * step) ? step : null;
}

/** Writes indices with a common difference as a Slice, which needs no list of them. */
const emitSlice = (emit: Emitter, x: string, axis: number, indices: readonly number[]): string =>
  emit.node("Slice", [
    x,
    emit.ints([indices[0]!]),
    emit.ints([indices.at(-1)! + 1]),
    emit.ints([axis]),
    emit.ints([evenStep(indices)!]),
  ]);
