/** @file Pooling over windows of an image: means, as a matrix along each axis, and maxima. */
import { argumentError } from "../../base/errors.js";
import { type Emitter, FLOAT } from "../emitter.js";
import { gradients } from "../gradients.js";
import { apply, checkShape, type Tensor, withAnySize } from "../tensor.js";
import { type AxisMatrix, alongPlane, matrixFromTaps } from "./axis-matrix.js";
import { maximum } from "./compare.js";
import { take } from "./take.js";

export interface Pool2dOptions {
  /** Side of the window. */
  readonly kernel: number;
  /** `kernel` when left out. */
  readonly stride?: number;
  readonly padding?: number;
}

const range = (start: number, end: number): number[] => Array.from({ length: end - start }, (_, i) => start + i);

function windowCount(where: string, length: number, { kernel, stride = kernel, padding = 0 }: Pool2dOptions): number {
  if (padding > kernel / 2) throw argumentError(where, `padding must be at most half the window ${kernel}`, padding);
  const count = Math.floor((length + 2 * padding - kernel) / stride) + 1;
  if (count < 1) throw argumentError(where, `the window must fit into ${length} pixels`, kernel);
  return count;
}

/** The matrix of means: each row averages its window from `start` to `end`. */
const means = (rows: number, columns: number, window: (row: number) => { start: number; end: number; over?: number }) =>
  matrixFromTaps(rows, columns, (row) => {
    const { start, end, over = end - start } = window(row);
    return range(start, end).map((column) => [column, 1 / over] as const);
  });

/** x: [N, C, H, W] -> [N, C, H', W']. Padded zeros count as pixels unless `countPadding` is false. */
export function avgPool2d(x: Tensor, options: Pool2dOptions & { readonly countPadding?: boolean }): Tensor {
  checkShape("avgPool2d", x, ["N", "C", "H", "W"]);
  const { kernel, stride = kernel, padding = 0, countPadding = true } = options;
  const matrix = (length: number): AxisMatrix =>
    means(windowCount("avgPool2d", length, options), length, (i) => {
      const first = i * stride - padding;
      const [start, end] = [Math.max(0, first), Math.min(length, first + kernel)];
      return { start, end, over: countPadding ? kernel : end - start };
    });
  return alongPlane(x, matrix(x.shape[2]!), matrix(x.shape[3]!));
}

/** x: [N, C, H, W] -> [N, C, size[0], size[1]], means over windows that cover the image evenly. */
export function adaptiveAvgPool2d(x: Tensor, size: readonly [number, number]): Tensor {
  checkShape("adaptiveAvgPool2d", x, ["N", "C", "H", "W"]);
  const matrix = (length: number, count: number): AxisMatrix =>
    means(count, length, (i) => ({
      start: Math.floor((i * length) / count),
      end: Math.ceil(((i + 1) * length) / count),
    }));
  return alongPlane(x, matrix(x.shape[2]!, size[0]), matrix(x.shape[3]!, size[1]));
}

/**
 * Means over a window around each pixel instead of a global mean (Chu et al. 2022, "test-time local converter"). Near
 * the border the window is moved inwards. x: [N, C, H, W] -> the same. A window larger than the image covers all of it.
 */
export function localAvgPool2d(x: Tensor, window: readonly [number, number]): Tensor {
  checkShape("localAvgPool2d", x, ["N", "C", "H", "W"]);
  const matrix = (length: number, size: number): AxisMatrix => {
    const kernel = Math.min(size, length);
    const last = length - kernel;
    return means(length, length, (i) => {
      const start = Math.min(Math.max(i - Math.floor((kernel - 1) / 2), 0), last);
      return { start, end: start + kernel };
    });
  };
  return withAnySize(alongPlane(x, matrix(x.shape[2]!, window[0]), matrix(x.shape[3]!, window[1])), {
    inputs: [x],
    onnx: ([a], emit) => emitLocalMeans(emit, a!, window),
  });
}

/** The same two products; the model computes the matrices for the length that it is run at. */
function emitLocalMeans(emit: Emitter, x: string, window: readonly [number, number]): string {
  const node = (type: string, ...inputs: string[]) => emit.node(type, inputs);
  const int = (value: number) => emit.constant("int64", [], BigInt64Array.of(BigInt(value)));
  const matrix = (axis: 0 | 1): string => {
    const length = emit.node("Squeeze", [emit.node("Shape", [x], { start: axis + 2, end: axis + 3 })]);
    const kernel = node("Min", length, int(window[axis]));
    const places = node("Range", int(0), length, int(1));
    const before = node("Div", node("Sub", kernel, int(1)), int(2));
    const starts = node("Min", node("Max", node("Sub", places, before), int(0)), node("Sub", length, kernel));
    const offsets = node("Sub", node("Unsqueeze", places, emit.ints([0])), node("Unsqueeze", starts, emit.ints([1])));
    const inside = node("And", node("GreaterOrEqual", offsets, int(0)), node("Less", offsets, kernel));
    return node("Div", emit.node("Cast", [inside], { to: FLOAT }), emit.node("Cast", [kernel], { to: FLOAT }));
  };
  const columns = emit.node("Transpose", [matrix(1)], { perm: [1, 0] });
  return node("MatMul", node("MatMul", matrix(0), x), columns);
}

/** `ceil`: count a last window that extends beyond the image, as published code does; without padding only. */
export interface MaxPool2dOptions extends Pool2dOptions {
  readonly ceil?: boolean;
}

/** x: [N, C, H, W] -> [N, C, H', W']. Of equal maxima, the first in the window gets the gradient. */
export function maxPool2d(x: Tensor, options: MaxPool2dOptions): Tensor {
  checkShape("maxPool2d", x, ["N", "C", "H", "W"]);
  const { kernel, stride = kernel, padding = 0, ceil = false } = options;
  if (ceil && (padding > 0 || stride > kernel))
    throw argumentError("maxPool2d", "ceil needs a padding of 0 and a stride up to the window", { padding, stride });
  const [height, width] = [2, 3].map((axis) => maxCount(x.shape[axis]!, options)) as [number, number];
  return apply(
    {
      name: "maxPool2d",
      onnx: ([a], emit) =>
        emit.node("MaxPool", [a!], {
          kernel_shape: [kernel, kernel],
          strides: [stride, stride],
          pads: [padding, padding, padding, padding],
          ceil_mode: ceil ? 1 : 0,
        }),
      // The op has no gradient of its own; the same maximum, composed of the window's pixels, has one.
      gradient: (dy, [a]) => gradients(maximumOfTaps(a!, options), [a!], dy),
    },
    [x],
    [x.shape[0]!, x.shape[1]!, height, width],
  );
}

function maxCount(length: number, { ceil = false, ...options }: MaxPool2dOptions): number {
  const { kernel, stride = kernel } = options;
  const whole = windowCount("maxPool2d", length, options);
  return ceil && (whole - 1) * stride + kernel < length ? whole + 1 : whole;
}

function maximumOfTaps(x: Tensor, options: MaxPool2dOptions): Tensor {
  const { kernel, stride = kernel, padding = 0 } = options;
  const tap = (image: Tensor, axis: number, offset: number): Tensor => {
    const length = image.shape[axis]!;
    // Outside the image the nearest pixel is used: it belongs to the window, so the maximum does not change.
    const place = (i: number) => Math.min(Math.max(i * stride - padding + offset, 0), length - 1);
    return take(image, axis, range(0, maxCount(length, options)).map(place));
  };
  const taps = range(0, kernel).flatMap((i) => range(0, kernel).map((j) => tap(tap(x, 2, i), 3, j)));
  return taps.reduce((most, next) => maximum(most, next));
}
