/**
 * @file Sine and cosine as sums and products. The Vulkan specification lets a device's own be wrong by 2^-11, and by anything beyond
 * [-pi, pi]: enough to tell a network another noise level on a GPU than on a CPU. These are right to 3e-7 up to |x| = 1e4 on any
 * device. Some thirty small nodes: for embeddings, not for pictures.
 */
import type { Emitter } from "../emitter.js";

/** pi in two parts; the first has eight bits, so that its multiples are exact. */
const [PI_HIGH, PI_LOW] = [3.140625, Math.PI - 3.140625];
/** Taylor coefficients of sin(r) / r and cos(r) in r^2, enough for |r| <= pi/2. */
const SIN = [1, -1 / 6, 1 / 120, -1 / 5040, 1 / 362880, -1 / 39916800];
const COS = [1, -1 / 2, 1 / 24, -1 / 720, 1 / 40320, -1 / 3628800, 1 / 479001600];

/** x = k pi + r with |r| <= pi/2; `sign` is (-1)^k, which both functions take at multiples of pi. */
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

/** The name of sin(x), x float32. */
export function emitSin(emit: Emitter, x: string): string {
  const { r, square, sign } = reduce(emit, x);
  return emit.node("Mul", [emit.node("Mul", [polynomial(emit, square, SIN), r]), sign]);
}

/** The name of cos(x), x float32. */
export function emitCos(emit: Emitter, x: string): string {
  const { square, sign } = reduce(emit, x);
  return emit.node("Mul", [polynomial(emit, square, COS), sign]);
}
