/**
 * @file Singular values by one-sided Jacobi rotations (Hestenes 1958), which keeps small ones as exact as large ones.
 */

/** A matrix by rows. */
export interface Matrix {
  readonly rows: number;
  readonly columns: number;
  /** [rows * columns], row by row. */
  readonly data: Float64Array;
}

/** Rotations end when no two rows have a cosine above this. */
const ORTHOGONAL = 1e-15;
const MAX_SWEEPS = 60;

/** Unsorted, min(rows, columns) of them. O(min^2 max) per sweep, some ten sweeps. */
export function singularValues(matrix: Matrix): Float64Array {
  const { rows, columns, data } = matrix.rows <= matrix.columns ? matrix : transposed(matrix);
  const lines = Array.from({ length: rows }, (_, i) => data.slice(i * columns, (i + 1) * columns));
  const squares = lines.map((line) => dot(line, line));
  // Beside the largest singular value, a row this small is rounding of zero: turning it on would never end.
  const zero = Number.EPSILON ** 2 * squares.reduce((sum, square) => sum + square, 0);
  for (let sweep = 0; sweep < MAX_SWEEPS; sweep++) {
    let turned = false;
    for (let i = 0; i < rows; i++)
      for (let j = i + 1; j < rows; j++) {
        const [a, b] = [squares[i]!, squares[j]!];
        if (a <= zero || b <= zero) continue;
        const product = dot(lines[i]!, lines[j]!);
        if (Math.abs(product) <= ORTHOGONAL * Math.sqrt(a * b)) continue;
        turned = true;
        const zeta = (b - a) / (2 * product);
        const tangent = Math.sign(zeta || 1) / (Math.abs(zeta) + Math.hypot(1, zeta));
        rotate(lines[i]!, lines[j]!, tangent);
        // Recomputed, for differences of updates would lose the small ones.
        squares[i] = dot(lines[i]!, lines[i]!);
        squares[j] = dot(lines[j]!, lines[j]!);
      }
    if (!turned) break;
  }
  return Float64Array.from(squares, Math.sqrt);
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

/** Makes the two rows orthogonal, in place. */
function rotate(a: Float64Array, b: Float64Array, tangent: number): void {
  const cosine = 1 / Math.hypot(1, tangent);
  const sine = cosine * tangent;
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [a[i]!, b[i]!];
    a[i] = cosine * x - sine * y;
    b[i] = sine * x + cosine * y;
  }
}

function transposed({ rows, columns, data }: Matrix): Matrix {
  const out = new Float64Array(data.length);
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) out[j * rows + i] = data[i * columns + j]!;
  return { rows: columns, columns: rows, data: out };
}

/** a b^T. Both have as many columns. */
export function timesTransposed(a: Matrix, b: Matrix): Matrix {
  const rowOf = ({ columns, data }: Matrix, i: number) => data.subarray(i * columns, (i + 1) * columns);
  const data = new Float64Array(a.rows * b.rows);
  for (let i = 0; i < a.rows; i++)
    for (let j = 0; j < b.rows; j++) data[i * b.rows + j] = dot(rowOf(a, i), rowOf(b, j));
  return { rows: a.rows, columns: b.rows, data };
}
