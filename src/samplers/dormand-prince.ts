/**
 * @file Dormand and Prince's Runge-Kutta pair of orders 5 and 4 (Dormand and Prince 1980; Hairer, Nørsett and Wanner,
 * Solving Ordinary Differential Equations I, sections II.4 and II.5), with the step control of SciPy's RK45, for dy/dt
 * = slope(t, y).
 */

/** Returns the slope at y in a new array. Does not change or keep `y`. */
export type Slope = (t: number, y: Float32Array) => Promise<Float32Array>;

export interface Tolerance {
  readonly relative: number;
  readonly absolute: number;
}

/** Nodes of stages 2 to 7 as fractions of the step; the last stage is the first of the next step. */
const C = [1 / 5, 3 / 10, 4 / 5, 8 / 9, 1, 1] as const;
/** Weights of the earlier stages, for each of stages 2 to 7. The last row is the result, of order 5. */
const A = [
  [1 / 5],
  [3 / 40, 9 / 40],
  [44 / 45, -56 / 15, 32 / 9],
  [19372 / 6561, -25360 / 2187, 64448 / 6561, -212 / 729],
  [9017 / 3168, -355 / 33, 46732 / 5247, 49 / 176, -5103 / 18656],
  [35 / 384, 0, 500 / 1113, 125 / 192, -2187 / 6784, 11 / 84],
] as const;
/** Weights of the stages in the difference between orders 5 and 4. */
const E = [-71 / 57600, 0, 71 / 16695, -71 / 1920, 17253 / 339200, -22 / 525, 1 / 40] as const;
/** The lower order plus 1: the error grows with this power of the step. */
const ERROR_POWER = 5;

/** Writes y + h (sum of weights times stages) to `out`. */
function combine(
  out: Float32Array,
  y: Float32Array,
  h: number,
  weights: readonly number[],
  stages: readonly Float32Array[],
) {
  for (let i = 0; i < y.length; i++) {
    let sum = 0;
    for (let k = 0; k < weights.length; k++) sum += weights[k]! * stages[k]![i]!;
    out[i] = y[i]! + h * sum;
  }
  return out;
}

/** Root mean square of value(i) in units of the tolerance scale(i). */
function norm(length: number, value: (i: number) => number, scale: (i: number) => number): number {
  let sum = 0;
  for (let i = 0; i < length; i++) sum += (value(i) / scale(i)) ** 2;
  return Math.sqrt(sum / length);
}

export interface Trial {
  readonly y: Float32Array;
  /** Slope at the end of the step, for the next one. */
  readonly slope: Float32Array;
  /** Error in units of the tolerance; a step is accepted up to 1. */
  readonly error: number;
}

/** One step of signed size h. Evaluates six slopes and holds eight arrays of y's size. */
export async function tryStep(
  slope: Slope,
  t: number,
  y: Float32Array,
  first: Float32Array,
  h: number,
  { relative, absolute }: Tolerance,
): Promise<Trial> {
  const stages = [first];
  const at = new Float32Array(y.length);
  for (let k = 0; k < A.length; k++) stages.push(await slope(t + C[k]! * h, combine(at, y, h, A[k]!, stages)));
  const difference = (i: number): number => {
    let sum = 0;
    for (let k = 0; k < E.length; k++) sum += E[k]! * stages[k]![i]!;
    return h * sum;
  };
  const scale = (i: number): number => absolute + relative * Math.max(Math.abs(y[i]!), Math.abs(at[i]!));
  return { y: at, slope: stages.at(-1)!, error: norm(y.length, difference, scale) };
}

/**
 * First step size towards `end`, from the slope and its change (Hairer et al., II.4, "starting step size"). One
 * evaluation.
 */
export async function firstStep(
  slope: Slope,
  t: number,
  end: number,
  y: Float32Array,
  first: Float32Array,
  { relative, absolute }: Tolerance,
): Promise<number> {
  const scale = (i: number): number => absolute + relative * Math.abs(y[i]!);
  const length = Math.abs(end - t);
  const size = norm(y.length, (i) => y[i]!, scale);
  const speed = norm(y.length, (i) => first[i]!, scale);
  const guess = Math.min(size < 1e-5 || speed < 1e-5 ? 1e-6 : (0.01 * size) / speed, length);
  const h = Math.sign(end - t) * guess;
  const second = await slope(t + h, combine(new Float32Array(y.length), y, h, [1], [first]));
  const bend = norm(y.length, (i) => second[i]! - first[i]!, scale) / guess;
  const steepest = Math.max(speed, bend);
  const fromBend = steepest <= 1e-15 ? Math.max(1e-6, guess * 1e-3) : (0.01 / steepest) ** (1 / ERROR_POWER);
  return Math.min(100 * guess, fromBend, length);
}

/** Factor of the next step's size; at most 1 after a rejected trial. */
export function stepFactor(error: number, afterRejection: boolean): number {
  const factor = error === 0 ? 10 : Math.min(10, Math.max(0.2, 0.9 * error ** (-1 / ERROR_POWER)));
  return afterRejection ? Math.min(1, factor) : factor;
}
