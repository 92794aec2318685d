/**
 * @file Conversion of four complex numbers between the interleaved layout of the heap and separate parts.
 * AssemblyScript, see transpose.ts.
 */

/** Real parts of the four numbers in `a` and `b`. */
export function realParts(a: v128, b: v128): v128 {
  return v128.shuffle<f32>(a, b, 0, 2, 4, 6);
}

export function imaginaryParts(a: v128, b: v128): v128 {
  return v128.shuffle<f32>(a, b, 1, 3, 5, 7);
}

/** Stores four numbers, interleaved. */
export function storeComplex(at: usize, re: v128, im: v128): void {
  v128.store(at, v128.shuffle<f32>(re, im, 0, 4, 1, 5));
  v128.store(at, v128.shuffle<f32>(re, im, 2, 6, 3, 7), 16);
}
