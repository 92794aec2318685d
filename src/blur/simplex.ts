/** @file Projection onto the simplex: the nearest values that are not negative and sum to 1. */

/** Euclidean projection onto the simplex (Held, Wolfe and Crowder 1974). Returns a new array. */
export function onSimplex(values: Float64Array): Float64Array {
  const falling = values.slice().sort().reverse();
  let [sum, shift] = [0, 0];
  for (let i = 0; i < falling.length; i++) {
    sum += falling[i]!;
    const candidate = (sum - 1) / (i + 1);
    if (falling[i]! <= candidate) break;
    shift = candidate;
  }
  return values.map((value) => Math.max(value - shift, 0));
}
