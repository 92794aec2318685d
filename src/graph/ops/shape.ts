/** @file Ops that rearrange values without changing them: reshape, transpose, slice, concat, zero padding. */
import { shapeError } from "../../base/errors.js";
import { apply, type Shape, sameShape, sizeOf, type Tensor } from "../tensor.js";

export function reshape(x: Tensor, shape: Shape): Tensor {
  if (sizeOf(shape) !== x.size) throw shapeError("reshape", `${x.size} values as [${x.shape}]`, shape);
  if (sameShape(shape, x.shape)) return x;
  return apply(
    {
      name: "reshape",
      onnx: ([a], emit) => emit.node("Reshape", [a!, emit.ints(shape)]),
      gradient: (dy, [a]) => [reshape(dy, a!.shape)],
    },
    [x],
    shape,
    x.dtype,
  );
}

/** Axis i of the result is axis `order[i]` of x. */
export function transpose(x: Tensor, order: readonly number[]): Tensor {
  if ([...order].sort((a, b) => a - b).some((axis, i) => axis !== i) || order.length !== x.shape.length) {
    throw shapeError("transpose", `a permutation of the ${x.shape.length} axes of [${x.shape}]`, order);
  }
  const inverse = order.map((_, i) => order.indexOf(i));
  return apply(
    {
      name: "transpose",
      attributes: { perm: order },
      onnx: ([a], emit) => emit.node("Transpose", [a!], { perm: order }),
      gradient: (dy) => [transpose(dy, inverse)],
    },
    [x],
    order.map((axis) => x.shape[axis]!),
    x.dtype,
  );
}

/** Elements `start` (included) to `end` (excluded) along `axis`. */
export function slice(x: Tensor, axis: number, start: number, end: number): Tensor {
  const length = x.shape[axis] ?? 0;
  if (start < 0 || end > length || start > end)
    throw shapeError("slice", `0 <= start <= end <= ${length} on axis ${axis} of [${x.shape}]`, [start, end]);
  if (start === 0 && end === length) return x;
  return apply(
    {
      name: "slice",
      onnx: ([a], emit) => emit.node("Slice", [a!, emit.ints([start]), emit.ints([end]), emit.ints([axis])]),
      gradient: (dy, [a]) => [
        pad(
          dy,
          a!.shape.map((_, i) => (i === axis ? [start, length - end] : [0, 0])),
        ),
      ],
    },
    [x],
    x.shape.map((n, i) => (i === axis ? end - start : n)),
    x.dtype,
  );
}

/** Adds zeros before and after along each axis; negative amounts crop. */
export function pad(x: Tensor, amounts: readonly (readonly number[])[]): Tensor {
  if (amounts.length !== x.shape.length)
    throw shapeError("pad", `[before, after] for each axis of [${x.shape}]`, `${amounts.length} pairs`);
  if (amounts.every(([before, after]) => before === 0 && after === 0)) return x;
  const pads = [...amounts.map(([before]) => before!), ...amounts.map(([, after]) => after!)];
  return apply(
    {
      name: "pad",
      onnx: ([a], emit) => emit.node("Pad", [a!, emit.ints(pads)]),
      gradient: (dy) => [
        pad(
          dy,
          amounts.map(([before, after]) => [-before!, -after!]),
        ),
      ],
    },
    [x],
    x.shape.map((length, i) => length + amounts[i]![0]! + amounts[i]![1]!),
    x.dtype,
  );
}

/** Joins tensors along an axis; all other lengths must agree. */
export function concat(parts: readonly Tensor[], axis = 1): Tensor {
  const [first] = parts;
  if (!first) throw shapeError("concat", "at least one tensor", "none");
  if (parts.length === 1) return first;
  for (const part of parts) {
    if (
      part.shape.length !== first.shape.length ||
      part.shape.some((length, i) => i !== axis && length !== first.shape[i])
    ) {
      throw shapeError(
        "concat",
        `[${first.shape.map((length, i) => (i === axis ? "*" : length)).join(", ")}]`,
        part.shape,
      );
    }
  }
  const lengths = parts.map((part) => part.shape[axis]!);
  const starts = lengths.map((_, i) => lengths.slice(0, i).reduce((a, b) => a + b, 0));
  return apply(
    {
      name: "concat",
      onnx: (names, emit) => emit.node("Concat", names, { axis }),
      gradient: (dy) => lengths.map((length, i) => slice(dy, axis, starts[i]!, starts[i]! + length)),
    },
    parts,
    first.shape.map((length, i) => (i === axis ? lengths.reduce((a, b) => a + b, 0) : length)),
    first.dtype,
  );
}
