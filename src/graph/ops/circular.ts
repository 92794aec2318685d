/**
 * @file Sine and cosine from sums and products. The Vulkan specification allows a device's own functions an absolute
 * error of 2^-11 within [-pi, pi] and any error beyond: enough to give a network another noise level on a GPU than on a
 * CPU. These have an error below 3e-7 up to |x| = 1e4 on any device. They take about thirty small nodes, so they suit
 * embeddings, not images.
 */
import type { Emitter } from "../emitter.js";

/** pi as a sum of two parts. The first has eight bits, so its multiples are exact. */
const [PI_HIGH, PI_LOW] = [3.140625, Math.PI - 3.140625];
/** Taylor coefficients of sin(r) / r and cos(r) in r^2, sufficient for |r| <= pi/2. */
const SIN = [1, -1 / 6, 1 / 120, -1 / 5040, 1 / 362880, -1 / 39916800];
const COS = [1, -1 / 2, 1 / 24, -1 / 720, 1 / 40320, -1 / 3628800, 1 / 479001600];

/** x = k pi + r with |r| <= pi/2. `sign` is (-1)^k, the factor of both functions. */
function reduce(emit: Emitter, x: string): { r: string; square: string; sign: string } {
  const node = (type: string, ...inputs: string[]) => emit.node(type, inputs);
  const times = (a: string, factor: number) => node("Mul", a, emit.scalar(factor));
  const k = node("Floor", node("Add", times(x, 1 / Math.PI), emit.scalar(0.5)));
  const r = node("Sub", node("Sub", x, times(k, PI_HIGH)), times(k, PI_LOW));
  const odd = node("Sub", k, times(node("Floor", times(k, 0.5)), 2));
  return { r, square: node("Mul", r, r), sign: node("Add", times(odd, -2), emit.scalar(1)) };
}

/** Horner's rule. */
function polynomial(emit: Emitter, x: string, coefficients: readonly number[]): string {
  const [last, ...others] = coefficients.toReversed();
  return others.reduce(
    (sum, coefficient) => emit.node("Add", [emit.node("Mul", [sum, x]), emit.scalar(coefficient)]),
    emit.scalar(last!),
  );
}

/** Writes sin(x) for a float32 x; returns its name. */
export function emitSin(emit: Emitter, x: string): string {
  const { r, square, sign } = reduce(emit, x);
  return emit.node("Mul", [emit.node("Mul", [polynomial(emit, square, SIN), r]), sign]);
}

/** Writes cos(x) for a float32 x; returns its name. */
export function emitCos(emit: Emitter, x: string): string {
  const { square, sign } = reduce(emit, x);
  return emit.node("Mul", [polynomial(emit, square, COS), sign]);
}
