/** @file Operations that work out shapes or move values. */

import { reducedShapes, sum } from "../graph/ops/reduce.js";
import { concat, reshape, slice, transpose } from "../graph/ops/shape.js";
import { take } from "../graph/ops/take.js";
import { sizeOf, type Tensor } from "../graph/tensor.js";
import type { NodeReader, Operation } from "./operation.js";
import { array, gathered, isKnown, stridesOf, type TfArray, tensorOf, type Value } from "./value.js";

const reshaped = (x: Value, shape: readonly number[]): Value =>
  isKnown(x) ? array(x.dtype, shape, x.data) : reshape(x, shape);

/** One length may be -1: what is left. */
function completed(size: number, lengths: readonly number[]): number[] {
  const others = lengths.filter((length) => length !== -1).reduce((product, length) => product * length, 1);
  return lengths.map((length) => (length === -1 ? size / others : length));
}

const resolved = (axis: number, rank: number): number => (axis < 0 ? axis + rank : axis);

function joined(parts: readonly Value[], axis: number): Value {
  if (!parts.every(isKnown)) return concat(parts.map(tensorOf), axis);
  const [first] = parts;
  const inner = sizeOf(first!.shape.slice(axis + 1));
  const outer = sizeOf(first!.shape.slice(0, axis));
  const values: number[] = [];
  for (let i = 0; i < outer; i++)
    for (const { shape, data } of parts) {
      const run = shape[axis]! * inner;
      values.push(...data.subarray(i * run, (i + 1) * run));
    }
  const length = parts.reduce((total, { shape }) => total + shape[axis]!, 0);
  return array(first!.dtype, first!.shape.with(axis, length), values);
}

function summed(x: TfArray, { axes, keepDims }: { axes: readonly number[]; keepDims: boolean }): TfArray {
  const { axes: over, kept, dropped } = reducedShapes("Sum", x.shape, axes);
  const sums = new Float64Array(sizeOf(kept));
  // Where each element of x is added: the axes that are summed do not move there.
  const steps = stridesOf(kept).map((stride, axis) => (over.includes(axis) ? 0 : stride));
  const strides = stridesOf(x.shape);
  x.data.forEach((value, i) => {
    const at = steps.reduce((sum, step, axis) => sum + (Math.floor(i / strides[axis]!) % x.shape[axis]!) * step, 0);
    sums[at]! += value;
  });
  return array(x.dtype, keepDims ? kept : dropped, sums);
}

/** Along each axis a first index, one beyond the last, and a step; a mask's bit i speaks of axis i. */
function stridedSlice(node: NodeReader, [x, ...bounds]: readonly Value[]): Value {
  const [begins, ends, steps] = bounds.map((value) => node.integers(value)) as [number[], number[], number[]];
  if (node.int("new_axis_mask") !== 0 || node.int("ellipsis_mask") !== 0 || steps.some((step) => step < 1))
    throw node.refused("steps forward, and no new axes", bounds);
  const has = (mask: string, axis: number) => ((node.int(mask) >> axis) & 1) === 1;
  const ranges = x!.shape.map((length, axis) => {
    if (axis >= begins.length) return { start: 0, end: length, step: 1 };
    const within = (index: number) => Math.min(Math.max(index < 0 ? index + length : index, 0), length);
    const start = has("begin_mask", axis) ? 0 : within(begins[axis]!);
    if (has("shrink_axis_mask", axis)) return { start, end: start + 1, step: 1 };
    return { start, end: has("end_mask", axis) ? length : within(ends[axis]!), step: steps[axis]! };
  });
  const lengths = ranges.map(({ start, end, step }) => Math.max(0, Math.ceil((end - start) / step)));
  const kept = lengths.filter((_, axis) => !has("shrink_axis_mask", axis));
  if (isKnown(x!)) {
    const strides = stridesOf(x.shape);
    const at = (index: readonly number[]) =>
      ranges.reduce((sum, { start, step }, axis) => sum + (start + index[axis]! * step) * strides[axis]!, 0);
    return reshaped(gathered(x, lengths, at), kept);
  }
  let result: Tensor = x!;
  for (const [axis, { start, end, step }] of ranges.entries())
    result =
      step === 1
        ? slice(result, axis, start, Math.max(start, end))
        : take(
            result,
            axis,
            Array.from({ length: lengths[axis]! }, (_, i) => start + i * step),
          );
  return reshape(result, kept);
}

export const MOVEMENT: Readonly<Record<string, Operation>> = {
  Shape: (_, [x]) => array("int32", [x!.shape.length], x!.shape),
  Reshape: (node, [x, shape]) => reshaped(x!, completed(sizeOf(x!.shape), node.integers(shape))),
  ExpandDims(node, [x, axes]) {
    const [axis] = node.integers(axes);
    return reshaped(x!, x!.shape.toSpliced(resolved(axis!, x!.shape.length + 1), 0, 1));
  },
  Squeeze(node, [x]) {
    const axes = node.ints("squeeze_dims").map((axis) => resolved(axis, x!.shape.length));
    const gone = (length: number, axis: number) => (axes.length > 0 ? axes.includes(axis) : length === 1);
    return reshaped(
      x!,
      x!.shape.filter((length, axis) => !gone(length, axis)),
    );
  },
  Pack(node, parts) {
    const axis = resolved(node.int("axis"), parts[0]!.shape.length + 1);
    return joined(
      parts.map((part) => reshaped(part, part.shape.toSpliced(axis, 0, 1))),
      axis,
    );
  },
  ConcatV2(node, inputs) {
    const [axis] = node.integers(inputs.at(-1));
    return joined(inputs.slice(0, -1), resolved(axis!, inputs[0]!.shape.length));
  },
  Range(node, inputs) {
    const [start, limit, delta] = inputs.map((value) => node.integers(value)[0]) as [number, number, number];
    const length = Math.max(0, Math.ceil((limit - start) / delta));
    return array(
      "int32",
      [length],
      Array.from({ length }, (_, i) => start + i * delta),
    );
  },
  Transpose(node, [x, order]) {
    const axes = node.integers(order);
    if (!isKnown(x!)) return transpose(x!, axes);
    const strides = stridesOf(x.shape);
    return gathered(
      x,
      axes.map((axis) => x.shape[axis]!),
      (index) => axes.reduce((sum, axis, i) => sum + index[i]! * strides[axis]!, 0),
    );
  },
  StridedSlice: stridedSlice,
  GatherV2(node, [x, indices, axes]) {
    const [axis] = node.integers(axes);
    if (isKnown(x!) || indices!.shape.length !== 1 || node.int("batch_dims") !== 0)
      throw node.refused("a tensor and a list of known indices", [x!, indices!]);
    return take(x!, resolved(axis!, x!.shape.length), node.integers(indices));
  },
  Sum(node, [x, axes]) {
    const options = { axes: node.integers(axes), keepDims: node.flag("keep_dims") };
    return isKnown(x!) ? summed(x, options) : sum(x!, options);
  },
};
