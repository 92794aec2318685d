/** @file Sums over axes and their adjoint, broadcasting. */
import { shapeError } from "../../base/errors.js";
import { apply, type Shape, sameShape, type Tensor } from "../tensor.js";
import { reshape } from "./shape.js";

export interface ReduceOptions {
  /** Axes to reduce; all when left out. Negative ones count from the end. */
  readonly axes?: readonly number[];
  /** Keep the reduced axes with length 1. */
  readonly keepDims?: boolean;
}

/** Resolves axes; returns the shape with them kept (length 1) and with them dropped. */
export function reducedShapes(where: string, shape: Shape, axes: readonly number[] = shape.map((_, i) => i)) {
  const resolved = axes.map((axis) => (axis < 0 ? axis + shape.length : axis));
  if (resolved.some((axis) => axis < 0 || axis >= shape.length))
    throw shapeError(where, `axes within [${shape}]`, axes);
  const kept = shape.map((length, i) => (resolved.includes(i) ? 1 : length));
  return { axes: resolved, kept, dropped: shape.filter((_, i) => !resolved.includes(i)) };
}

export function sum(x: Tensor, { axes, keepDims = false }: ReduceOptions = {}): Tensor {
  const shapes = reducedShapes("sum", x.shape, axes);
  return apply(
    {
      name: "sum",
      onnx: ([a], emit) => emit.node("ReduceSum", [a!, emit.ints(shapes.axes)], { keepdims: keepDims ? 1 : 0 }),
      gradient: (dy, [a]) => [broadcastTo(keepDims ? dy : reshape(dy, shapes.kept), a!.shape)],
    },
    [x],
    keepDims ? shapes.kept : shapes.dropped,
  );
}

/** Repeats axes of length 1, and leading axes, up to `shape`. */
export function broadcastTo(x: Tensor, shape: Shape): Tensor {
  if (sameShape(x.shape, shape)) return x;
  return apply(
    {
      name: "broadcastTo",
      onnx: ([a], emit) => emit.node("Expand", [a!, emit.ints(shape)]),
      gradient: (dy, [a]) => [sumTo(dy, a!.shape)],
    },
    [x],
    shape,
    x.dtype,
  );
}

/** The adjoint of broadcasting: sums x over the axes along which `shape` was broadcast to x's shape. */
export function sumTo(x: Tensor, shape: Shape): Tensor {
  if (sameShape(x.shape, shape)) return x;
  const lead = x.shape.length - shape.length;
  const axes = x.shape.flatMap((length, i) => (i < lead || (shape[i - lead] === 1 && length !== 1) ? [i] : []));
  const summed = sum(x, { axes, keepDims: true });
  return lead === 0 ? summed : reshape(summed, shape);
}
