/** @file Comparing arrays of numbers so that a failure says how far off, where, and what stood there. */

export interface Tolerance {
  /** Times the expected value's magnitude. */
  readonly rtol: number;
  readonly atol: number;
}

export interface Difference {
  readonly index: number;
  readonly actual: number;
  readonly expected: number;
  /** |actual - expected|; infinite where NaN or an infinity is not met in kind. */
  readonly error: number;
  /** The error over what is allowed there; more than 1 is too much. */
  readonly ratio: number;
}

/** NaN equals NaN and an infinity equals itself; nothing else is near them. */
function distance(actual: number, expected: number): number {
  if (Object.is(actual, expected) || actual === expected) return 0;
  const difference = Math.abs(actual - expected);
  return Number.isFinite(difference) ? difference : Number.POSITIVE_INFINITY;
}

/** The element furthest from what is expected in terms of |a - e| <= atol + rtol |e|, or null for empty arrays. */
function worstDifference(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  { rtol, atol }: Tolerance,
): Difference | null {
  let worst: Difference | null = null;
  for (let index = 0; index < expected.length; index++) {
    const [a, e] = [actual[index]!, expected[index]!];
    const error = distance(a, e);
    const allowed = atol + (Number.isFinite(e) ? rtol * Math.abs(e) : 0);
    const ratio = error === 0 ? 0 : error / allowed;
    if (worst === null || ratio > worst.ratio) worst = { index, actual: a, expected: e, error, ratio };
  }
  return worst;
}

/**
 * Throws unless all elements satisfy |a - e| <= atol + rtol |e|, with index, both values and the worst error. `what`
 * names the array.
 */
export function expectClose(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  tolerance: Tolerance,
  what = "values",
): void {
  if (actual.length !== expected.length)
    throw new Error(`${what}: expected ${expected.length} values, got ${actual.length}`);
  const worst = worstDifference(actual, expected, tolerance);
  if (worst !== null && worst.ratio > 1)
    throw new Error(
      `${what}: worst at index ${worst.index} of ${expected.length}: got ${worst.actual}, expected ${worst.expected}, ` +
        `error ${worst.error.toExponential(2)}, ${worst.ratio.toPrecision(3)} times what rtol ${tolerance.rtol} and atol ${tolerance.atol} allow`,
    );
}
