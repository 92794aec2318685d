/** @file Fourier transforms of single precision in WebAssembly (PFFFT), of square blocks whose sides are multiples of 32 made of twos, threes and fives. */
import { argumentError, UnblurError } from "../base/errors.js";
import { powerOfTwo } from "../blur/line-transform.js";
import { ComplexTransform } from "./complex-transform.js";
import { Heap } from "./heap.js";
import { RealTransform } from "./real-transform.js";

/** Transforms by the side of their blocks, one that `sideFor` or `closeSideFor` gives. Each is made once. */
export interface Fourier {
  readonly heap: Heap;
  real(side: number): RealTransform;
  complex(side: number): ComplexTransform;
}

/** PFFFT takes multiples of this. */
const LEAST_SIDE = 32;

/** The least side of a block that so many pixels fit in. */
export function sideFor(px: number): number {
  const side = powerOfTwo(Math.max(px, LEAST_SIDE));
  const smaller = sideBelow(side);
  return smaller !== null && smaller >= px ? smaller : side;
}

/** The next smaller side; null for the least. */
export function sideBelow(side: number): number | null {
  const smaller = Number.isInteger(Math.log2(side)) ? (side / 4) * 3 : (side / 3) * 2;
  if (smaller % LEAST_SIDE === 0) return smaller;
  return side > LEAST_SIDE ? side / 2 : null;
}

/** Sides of 2^a * 3^b * 5^c that PFFFT transforms: closer to one another than those of `sideFor`. */
const CLOSE_SIDES: readonly number[] = (() => {
  const sides: number[] = [];
  for (let five = 1; five <= 125; five *= 5)
    for (let three = five; three <= 128; three *= 3)
      for (let two = three; two <= 128; two *= 2) sides.push(LEAST_SIDE * two);
  return sides.sort((a, b) => a - b);
})();

/** The least of the sides 32 * 2^a * 3^b * 5^c that so many pixels fit in. */
export function closeSideFor(px: number): number {
  const side = CLOSE_SIDES.find((side) => side >= px);
  if (side === undefined)
    throw argumentError("closeSideFor", `at most ${CLOSE_SIDES.at(-1)} px a side are transformed at once`, px);
  return side;
}

function bySize<T>(make: (size: number) => T): (size: number) => T {
  const made = new Map<number, T>();
  return (size) => {
    if (!CLOSE_SIDES.includes(size) && sideFor(size) !== size)
      throw argumentError("Fourier", "a side must be 32 times a product of twos, threes and fives", size);
    const known = made.get(size) ?? make(size);
    made.set(size, known);
    return known;
  };
}

const fourierOf = (heap: Heap): Fourier => ({
  heap,
  real: bySize((size) => new RealTransform(heap, size)),
  complex: bySize((size) => new ComplexTransform(heap, size)),
});

let opened: Promise<Fourier> | undefined;

/** Makes its heap at the first call; a call after one that failed tries again. */
export function openFourier(): Promise<Fourier> {
  opened ??= Heap.open()
    .then(fourierOf)
    .catch((cause: unknown) => {
      opened = undefined;
      throw new UnblurError(
        "device",
        `deconvolution: WebAssembly with SIMD is needed to estimate blur and did not start (${String(cause)})`,
        { cause },
      );
    });
  return opened;
}
