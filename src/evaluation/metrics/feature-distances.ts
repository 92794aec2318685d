/**
 * @file Distances between two sets of pictures by features of a network: the Frechet Inception distance (Heusel et al.
 * 2017) and the kernel Inception distance (Binkowski et al. 2018), as pytorch-fid, clean-fid and torch-fidelity define
 * them.
 */
import { argumentError, shapeError } from "../../base/errors.js";
import type { Rng } from "../../base/random.js";
import { type Matrix, singularValues, timesTransposed } from "./singular-values.js";

/** One row of features per picture. */
export type FeatureSet = Matrix;

/** Rows of equal length as one matrix. */
export function featureSet(rows: readonly ArrayLike<number>[]): FeatureSet {
  const columns = rows[0]?.length ?? 0;
  const data = new Float64Array(rows.length * columns);
  for (const [i, row] of rows.entries()) {
    if (row.length !== columns) throw shapeError("featureSet", `${columns} features in each row`, [row.length]);
    data.set(row, i * columns);
  }
  return { rows: rows.length, columns, data };
}

function checkSets(where: string, a: FeatureSet, b: FeatureSet): void {
  if (a.columns !== b.columns) throw shapeError(where, `as many features on both sides, ${a.columns}`, [b.columns]);
  if (a.rows < 2 || b.rows < 2)
    throw argumentError(where, "each set needs two pictures or more", `${a.rows} and ${b.rows}`);
}

function meanRow({ rows, columns, data }: FeatureSet): Float64Array {
  const mean = new Float64Array(columns);
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) mean[j]! += data[i * columns + j]! / rows;
  return mean;
}

/** (X - mean) / sqrt(n - 1): its Gram matrix is the covariance. */
function centred({ rows, columns, data }: FeatureSet, mean: Float64Array): Matrix {
  const scale = 1 / Math.sqrt(rows - 1);
  return { rows, columns, data: data.map((value, i) => scale * (value - mean[i % columns]!)) };
}

const sumOf = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0);

/** The parts of the distance, for those who compare them. */
export interface FrechetParts {
  /** |mu1 - mu2|^2. */
  readonly meanTerm: number;
  readonly trace1: number;
  readonly trace2: number;
  /** tr (S1 S2)^(1/2). */
  readonly traceOfRoot: number;
  readonly distance: number;
}

/**
 * |mu1 - mu2|^2 + tr S1 + tr S2 - 2 tr (S1 S2)^(1/2), S with divisor n - 1. The last trace is the sum of the singular
 * values of A1 A2^T with S = A^T A: exact for singular covariances too, where a matrix square root (scipy's, in the
 * published programs) loses up to a hundredth of a unit. Throws `argument` for fewer than two pictures.
 */
export function frechetParts(a: FeatureSet, b: FeatureSet): FrechetParts {
  checkSets("frechetDistance", a, b);
  const [mean1, mean2] = [meanRow(a), meanRow(b)];
  const [a1, a2] = [centred(a, mean1), centred(b, mean2)];
  const meanTerm = mean1.reduce((sum, value, i) => sum + (value - mean2[i]!) ** 2, 0);
  const [trace1, trace2] = [a1, a2].map(({ data }) => data.reduce((sum, value) => sum + value * value, 0)) as [
    number,
    number,
  ];
  const traceOfRoot = sumOf(singularValues(timesTransposed(triangular(a1), triangular(a2))));
  return { meanTerm, trace1, trace2, traceOfRoot, distance: meanTerm + trace1 + trace2 - 2 * traceOfRoot };
}

export const frechetDistance = (a: FeatureSet, b: FeatureSet): number => frechetParts(a, b).distance;

/**
 * R of A = QR where A has more rows than columns, which leaves the singular values of A B^T as they are; else A.
 * Gram-Schmidt, twice.
 */
function triangular(matrix: Matrix): Matrix {
  const { rows, columns, data } = matrix;
  if (rows <= columns) return matrix;
  const basis: Float64Array[] = [];
  const triangle = new Float64Array(columns * columns);
  for (let j = 0; j < columns; j++) {
    const column = Float64Array.from({ length: rows }, (_, i) => data[i * columns + j]!);
    for (let pass = 0; pass < 2; pass++)
      for (const [k, direction] of basis.entries()) {
        const share = direction.reduce((sum, value, i) => sum + value * column[i]!, 0);
        triangle[k * columns + j]! += share;
        for (let i = 0; i < rows; i++) column[i]! -= share * direction[i]!;
      }
    const norm = Math.sqrt(column.reduce((sum, value) => sum + value * value, 0));
    triangle[j * columns + j] = norm;
    basis.push(norm > 0 ? column.map((value) => value / norm) : column);
  }
  return { rows: columns, columns, data: triangle };
}

/** (x.y / d + 1)^3 between all rows. */
const cubicKernel = (a: FeatureSet, b: FeatureSet): Matrix => {
  const { data, ...size } = timesTransposed(a, b);
  const cubed = (value: number) => value * value * value;
  return { ...size, data: data.map((value) => cubed(value / a.columns + 1)) };
};

/**
 * Three estimates of the squared maximum mean discrepancy. `unbiased` is that of published programs, which keep the
 * diagonal of K(x, y).
 */
export function kernelDistances(a: FeatureSet, b: FeatureSet): Record<"biased" | "unbiased" | "uStatistic", number> {
  checkSets("kernelDistance", a, b);
  const [xx, yy, xy] = [cubicKernel(a, a), cubicKernel(b, b), cubicKernel(a, b)];
  const diagonal = ({ rows, columns, data }: Matrix) =>
    Array.from({ length: Math.min(rows, columns) }, (_, i) => data[i * columns + i]!).reduce((sum, v) => sum + v, 0);
  const [sx, sy, sxy] = [sumOf(xx.data), sumOf(yy.data), sumOf(xy.data)];
  const [m, n] = [a.rows, b.rows];
  const within = (sx - diagonal(xx)) / (m * (m - 1)) + (sy - diagonal(yy)) / (n * (n - 1));
  return {
    biased: sx / m ** 2 + sy / n ** 2 - (2 * sxy) / (m * n),
    unbiased: within - (2 * sxy) / (m * n),
    // For sets of one size, whose rows belong together.
    uStatistic: m === n ? within - (2 * (sxy - diagonal(xy))) / (m * (m - 1)) : Number.NaN,
  };
}

/** Rows of a set by index. */
export const rowsOf = ({ columns, data }: FeatureSet, indices: ArrayLike<number>): FeatureSet =>
  featureSet(Array.from(indices, (i) => data.subarray(i * columns, (i + 1) * columns)));

export interface Subsets {
  /** Number of pairs of subsets. */
  readonly count: number;
  /** Rows of each, or as many as the smaller set has. */
  readonly size: number;
}

/** The subsets of clean-fid and torch-fidelity. */
const SUBSETS: Subsets = { count: 100, size: 1000 };

/**
 * Mean of the unbiased estimate over pairs of subsets. Sets that are not larger are taken whole: all their subsets of
 * that size are the set itself.
 */
export function kernelDistance(a: FeatureSet, b: FeatureSet, rng: Rng, subsets: Subsets = SUBSETS): number {
  const size = Math.min(a.rows, b.rows, subsets.size);
  if (a.rows === size && b.rows === size) return kernelDistances(a, b).unbiased;
  let sum = 0;
  for (let i = 0; i < subsets.count; i++) {
    const draw = (set: FeatureSet, side: string) => rowsOf(set, subset(set.rows, size, rng.fork(side, i)));
    sum += kernelDistances(draw(a, "first"), draw(b, "second")).unbiased;
  }
  return sum / subsets.count;
}

/** `size` of the first `count` integers, each at most once. */
function subset(count: number, size: number, rng: Rng): number[] {
  const all = Array.from({ length: count }, (_, i) => i);
  for (let i = 0; i < size; i++) {
    const other = i + rng.integer(count - i, i);
    [all[i], all[other]] = [all[other]!, all[i]!];
  }
  return all.slice(0, size);
}
