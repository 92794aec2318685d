/**
 * @file The asymmetric generalised Gaussian that NIQE fits to pixels (Lasmar et al. 2009): one shape, one width per
 * side.
 */

/** Lanczos' approximation with g = 7, n = 9: 15 digits for x > 0. */
const LANCZOS = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
  12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
] as const;

/** The gamma function for x > 0. */
export function gamma(x: number): number {
  if (x < 0.5) return Math.PI / (Math.sin(Math.PI * x) * gamma(1 - x));
  const t = x + 6.5;
  const series = LANCZOS.reduce((sum, c, i) => (i === 0 ? c : sum + c / (x - 1 + i)), 0);
  return Math.sqrt(2 * Math.PI) * t ** (x - 0.5) * Math.exp(-t) * series;
}

/** Candidate shapes: 0.2, 0.201, ..., 10. */
const SHAPES = Float64Array.from({ length: 9801 }, (_, i) => 0.2 + 0.001 * i);
let ratios: Float64Array | undefined;

/** gamma(2/a)^2 / (gamma(1/a) gamma(3/a)), which increases with the shape a. */
const ratiosOfShapes = (): Float64Array => {
  ratios ??= SHAPES.map((a) => gamma(2 / a) ** 2 / (gamma(1 / a) * gamma(3 / a)));
  return ratios;
};

export interface GeneralisedGaussian {
  readonly shape: number;
  readonly left: number;
  readonly right: number;
}

/** Fits by matching moments. NaN if one side has no values, as in a flat picture. */
export function fitGeneralisedGaussian(values: Float64Array): GeneralisedGaussian {
  let [below, above, absolute] = [0, 0, 0];
  let [countBelow, countAbove] = [0, 0];
  for (const value of values) {
    absolute += Math.abs(value);
    if (value < 0) {
      below += value * value;
      countBelow++;
    } else if (value > 0) {
      above += value * value;
      countAbove++;
    }
  }
  const [left, right] = [Math.sqrt(below / countBelow), Math.sqrt(above / countAbove)];
  const balance = left / right;
  const ratio = (absolute / values.length) ** 2 / ((below + above) / values.length);
  const target = (ratio * (balance ** 3 + 1) * (balance + 1)) / (balance ** 2 + 1) ** 2;
  if (Number.isNaN(target)) return { shape: Number.NaN, left: Number.NaN, right: Number.NaN };
  const shape = SHAPES[nearest(ratiosOfShapes(), target)]!;
  const spread = Math.sqrt(gamma(1 / shape) / gamma(3 / shape));
  return { shape, left: left * spread, right: right * spread };
}

/** Index of the nearest of increasing values; the lower one in a tie. */
function nearest(rising: Float64Array, target: number): number {
  let [low, high] = [0, rising.length - 1];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (rising[middle]! <= target) low = middle;
    else high = middle;
  }
  return target - rising[low]! <= rising[high]! - target ? low : high;
}
