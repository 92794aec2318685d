/**
 * @file Arrays of float64 with a shape: the plainest code that is right. Integers and truth values are held as numbers.
 */
import { type Shape, sizeOf } from "../../src/graph/tensor.js";

export interface NdArray {
  readonly shape: Shape;
  readonly data: Float64Array;
}

/** The array whose element at an index is `value(index)`; the index is reused from call to call. */
export function generate(shape: Shape, value: (index: readonly number[]) => number): NdArray {
  const data = new Float64Array(sizeOf(shape));
  const index = shape.map(() => 0);
  for (let i = 0; i < data.length; i++) {
    data[i] = value(index);
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      if (++index[axis]! < shape[axis]!) break;
      index[axis] = 0;
    }
  }
  return { shape, data };
}

/** The element at an index; trailing axes of the index are matched and those of length 1 broadcast. Zero outside. */
export function at({ shape, data }: NdArray, index: readonly number[]): number {
  const lead = index.length - shape.length;
  let position = 0;
  for (let axis = 0; axis < shape.length; axis++) {
    const length = shape[axis]!;
    const i = length === 1 ? Math.min(index[lead + axis]!, 0) : index[lead + axis]!;
    if (i < 0 || i >= length) return 0;
    position = position * length + i;
  }
  return data[position]!;
}

/** Element at an index of the array's own rank, like `at` without broadcasting; zero outside. */
export function inside({ shape, data }: NdArray, index: readonly number[]): number {
  let position = 0;
  for (let axis = 0; axis < shape.length; axis++) {
    const i = index[axis]!;
    if (i < 0 || i >= shape[axis]!) return 0;
    position = position * shape[axis]! + i;
  }
  return data[position]!;
}

export function broadcast(...shapes: Shape[]): number[] {
  const rank = Math.max(...shapes.map((shape) => shape.length));
  return Array.from({ length: rank }, (_, i) =>
    shapes.reduce((length, shape) => {
      const own = shape[i - rank + shape.length] ?? 1;
      return own === 1 ? length : own;
    }, 1),
  );
}

/** Element by element with broadcasting. */
export const zip = (f: (...values: number[]) => number, ...arrays: NdArray[]): NdArray =>
  generate(broadcast(...arrays.map(({ shape }) => shape)), (index) => f(...arrays.map((array) => at(array, index))));

export const reshaped = ({ data }: NdArray, shape: Shape): NdArray => ({ shape, data });

/** Folds axes away, keeping them with length 1. */
export function fold(
  x: NdArray,
  axes: readonly number[],
  start: number,
  f: (sum: number, value: number) => number,
): NdArray {
  const shape = x.shape.map((length, i) => (axes.includes(i) ? 1 : length));
  const result = generate(shape, () => start);
  const strides = shape.map((_, i) => (axes.includes(i) ? 0 : sizeOf(shape.slice(i + 1))));
  let i = 0;
  generate(x.shape, (index) => {
    const target = index.reduce((sum, value, axis) => sum + value * strides[axis]!, 0);
    result.data[target] = f(result.data[target]!, x.data[i++]!);
    return 0;
  });
  return result;
}
