/**
 * @file A constant matrix applied along one axis. Resampling, padding, pooling and Fourier transforms have this form,
 * and its gradient is the transposed matrix. Cost: (length in) x (length out) per line; ops that must be fast on large
 * images have other forms.
 */
import { shapeError } from "../../base/errors.js";
import type { Tensor } from "../tensor.js";
import { deferredConstant } from "./constant.js";
import { matmul } from "./matmul.js";
import { transpose } from "./shape.js";

/** A matrix [rows, columns], row by row. `columns` is the length before, `rows` the length after. */
export interface AxisMatrix {
  readonly rows: number;
  readonly columns: number;
  readonly data: Float64Array;
}

/** The matrix with the given entries. */
export function matrixOf(rows: number, columns: number, entry: (row: number, column: number) => number): AxisMatrix {
  const data = Float64Array.from({ length: rows * columns }, (_, i) => entry(Math.floor(i / columns), i % columns));
  return { rows, columns, data };
}

/** The same, with entries that are computed when they are first used. */
export function deferredMatrix(rows: number, columns: number, make: () => AxisMatrix): AxisMatrix {
  let made: Float64Array | null = null;
  return {
    ...{ rows, columns },
    get data() {
      made ??= make().data;
      return made;
    },
  };
}

/** The matrix whose rows are sums of (column, weight) pairs; a column may repeat. */
export function matrixFromTaps(
  rows: number,
  columns: number,
  taps: (row: number) => Iterable<readonly [column: number, weight: number]>,
): AxisMatrix {
  const data = new Float64Array(rows * columns);
  for (let row = 0; row < rows; row++)
    for (const [column, weight] of taps(row)) data[row * columns + column]! += weight;
  return { rows, columns, data };
}

/** The matrix product a b. */
export const product = (a: AxisMatrix, b: AxisMatrix): AxisMatrix =>
  matrixOf(a.rows, b.columns, (row, column) => {
    let sum = 0;
    for (let k = 0; k < a.columns; k++) sum += a.data[row * a.columns + k]! * b.data[k * b.columns + column]!;
    return sum;
  });

/** The constant of each matrix, so that a matrix that is applied many times is converted once. */
const constants = new WeakMap<AxisMatrix, Tensor>();

function constantOf(matrix: AxisMatrix): Tensor {
  const made =
    constants.get(matrix) ?? deferredConstant(() => Float32Array.from(matrix.data), [matrix.rows, matrix.columns]);
  constants.set(matrix, made);
  return made;
}

/** y[.., i, ..] = sum over j of matrix[i, j] x[.., j, ..] along `axis`; a negative axis counts from the end. */
export function alongAxis(x: Tensor, axis: number, matrix: AxisMatrix): Tensor {
  const rank = x.shape.length;
  const at = axis < 0 ? axis + rank : axis;
  if (x.shape[at] !== matrix.columns)
    throw shapeError("alongAxis", `length ${matrix.columns} on axis ${axis} of [${x.shape}]`, `${x.shape[at]}`);
  const factor = constantOf(matrix);
  if (rank < 2) throw shapeError("alongAxis", "a tensor of rank 2 or more", x.shape);
  if (at === rank - 1) return matmul(x, factor, { transposeB: true });
  if (at === rank - 2) return matmul(factor, x);
  const order = [...x.shape.keys()].filter((i) => i !== at);
  const last = [...order, at];
  return transpose(
    matmul(transpose(x, last), factor, { transposeB: true }),
    [...x.shape.keys()].map((i) => last.indexOf(i)),
  );
}

/** Applies one matrix to each of the last two axes: [..., H, W] -> [..., H', W']. */
export const alongPlane = (x: Tensor, rows: AxisMatrix, columns: AxisMatrix): Tensor =>
  alongAxis(alongAxis(x, -2, rows), -1, columns);
