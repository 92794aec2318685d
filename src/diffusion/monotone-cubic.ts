/** @file Monotone cubic interpolation of increasing values, and its inverse. */

export interface Curve {
  readonly at: (u: number) => number;
  readonly slopeAt: (u: number) => number;
  /** The u at which the curve has this value. */
  readonly inverse: (value: number) => number;
}

/** Index of the interval [knots[i], knots[i + 1]] that holds `value`; the first or last for one outside. */
function intervalOf(knots: Float64Array, value: number): number {
  let [low, high] = [0, knots.length - 1];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (knots[middle]! <= value) low = middle;
    else high = middle;
  }
  return low;
}

/**
 * Cubic between neighbours, once differentiable and increasing everywhere (Fritsch and Butland 1984: the slope at a
 * knot is the harmonic mean of the slopes beside it). Beyond either end it is a straight line. values: [n], n at least
 * 2, strictly increasing, at u = 0, 1/(n - 1), ..., 1.
 */
export function monotoneCubic(values: Float64Array): Curve {
  const n = values.length - 1;
  const rises = Float64Array.from({ length: n }, (_, i) => (values[i + 1]! - values[i]!) * n);
  // Slopes at the ends are extrapolated linearly and clamped to 0 .. twice the secant, so that the curve stays
  // increasing.
  const end = (near: number, far: number): number => Math.min(Math.max(1.5 * near - 0.5 * far, 0), 2 * near);
  const slopes = Float64Array.from({ length: n + 1 }, (_, i) => {
    if (i === 0) return end(rises[0]!, rises[1] ?? rises[0]!);
    if (i === n) return end(rises[n - 1]!, rises[n - 2] ?? rises[n - 1]!);
    return (2 * rises[i - 1]! * rises[i]!) / (rises[i - 1]! + rises[i]!);
  });
  const knots = Float64Array.from(values, (_, i) => i / n);

  /** Value and slope at fraction p of interval i. */
  const within = (i: number, p: number): readonly [number, number] => {
    const [rise, left, right] = [rises[i]! / n, slopes[i]! / n, slopes[i + 1]! / n];
    const [c2, c3] = [3 * rise - 2 * left - right, left + right - 2 * rise];
    return [values[i]! + p * (left + p * (c2 + p * c3)), (left + p * (2 * c2 + 3 * p * c3)) * n];
  };
  const evaluate = (u: number): readonly [number, number] => {
    if (u <= 0) return [values[0]! + u * slopes[0]!, slopes[0]!];
    if (u >= 1) return [values[n]! + (u - 1) * slopes[n]!, slopes[n]!];
    const i = intervalOf(knots, u);
    return within(i, (u - knots[i]!) * n);
  };
  const inverse = (value: number): number => {
    if (value <= values[0]!) return (value - values[0]!) / (slopes[0]! || rises[0]!);
    if (value >= values[n]!) return 1 + (value - values[n]!) / (slopes[n]! || rises[n - 1]!);
    const i = intervalOf(values, value);
    let [low, high] = [0, 1];
    let p = (value - values[i]!) / (values[i + 1]! - values[i]!);
    // Newton's method, with bisection where a step would leave the bracket.
    for (let step = 0; step < 60; step++) {
      const [y, slope] = within(i, p);
      if (y > value) high = p;
      else low = p;
      const newton = p - ((y - value) * n) / slope;
      const next = newton > low && newton < high ? newton : (low + high) / 2;
      if (next === p || high - low < 1e-16) break;
      p = next;
    }
    return (i + p) / n;
  };
  return { at: (u) => evaluate(u)[0], slopeAt: (u) => evaluate(u)[1], inverse };
}
