/**
 * @file Padding of a picture beyond its border. The names follow PyTorch and MATLAB; scipy uses some of them
 * differently:
 *
 * | here, for `a b c d` | continues as | PyTorch pad | scipy.ndimage | MATLAB imfilter |
 * | --- | --- | --- | --- | --- |
 * | reflect | `d c b [a b c d] c b a` | reflect | mirror | |
 * | symmetric | `c b a [a b c d] d c b` | | reflect | symmetric |
 * | replicate | `a a a [a b c d] d d d` | replicate | nearest | replicate |
 * | circular | `b c d [a b c d] a b c` | circular | wrap | circular |
 * | zero | `0 0 0 [a b c d] 0 0 0` | constant | constant | 0 |
 */
import { argumentError } from "../base/errors.js";

const modulo = (i: number, n: number): number => ((i % n) + n) % n;

/** Source index of a position outside 0 .. n - 1, at any distance; -1 means black. */
const SOURCE = {
  reflect: (i, n) => {
    if (n === 1) return 0;
    const folded = modulo(i, 2 * n - 2);
    return folded < n ? folded : 2 * n - 2 - folded;
  },
  symmetric: (i, n) => {
    const folded = modulo(i, 2 * n);
    return folded < n ? folded : 2 * n - 1 - folded;
  },
  replicate: (i, n) => Math.min(Math.max(i, 0), n - 1),
  circular: modulo,
  zero: (i, n) => (i >= 0 && i < n ? i : -1),
} as const satisfies Record<string, (i: number, n: number) => number>;

export type BoundaryMode = keyof typeof SOURCE;
export const BOUNDARY_MODES = Object.keys(SOURCE) as readonly BoundaryMode[];

/** Source indices of positions -before .. n + after - 1 of a line of n pixels: [before + n + after], -1 for black. */
export function boundaryIndices(mode: BoundaryMode, n: number, before: number, after: number): Int32Array {
  if (n < 1 || before < 0 || after < 0)
    throw argumentError(
      "boundaryIndices",
      "n must be positive, before and after not negative",
      `${n}, ${before}, ${after}`,
    );
  return Int32Array.from({ length: before + n + after }, (_, i) => SOURCE[mode](i - before, n));
}
