/**
 * @file Fourier transforms of square blocks in single precision, in WebAssembly (PFFFT). Sides are multiples of 32
 * whose other factors are 2, 3 and 5.
 */
import { argumentError, UnblurError } from "../base/errors.js";
import { powerOfTwo } from "../blur/line-transform.js";
import { Heap, type HeapFloats } from "./heap.js";
import { LineTransforms } from "./line-transforms.js";
import { RealTransform } from "./real-transform.js";

/**
 * Transform of blocks `size` x `size`, in place. The spectrum is transposed, which does not matter if both factors of a
 * product are.
 */
class ComplexTransform {
  private readonly lines: LineTransforms;

  constructor(
    readonly heap: Heap,
    readonly size: number,
  ) {
    this.lines = new LineTransforms(heap, "complex", size);
  }

  /** `backward` is size^2 times the inverse of `forward`. */
  transform(block: HeapFloats, direction: "forward" | "backward"): void {
    this.lines.each(block, direction);
    this.heap.wasm.transposeSquare(block.at, this.size);
    this.lines.each(block, direction);
  }
}

/** Transforms by block side, which must come from `sideFor` or `closeSideFor`. Each is created once. */
export interface Fourier {
  readonly heap: Heap;
  real(side: number): RealTransform;
  complex(side: number): ComplexTransform;
}

/** PFFFT requires multiples of this side. */
const MIN_SIDE = 32;

/** Smallest block side that holds this many pixels. */
export function sideFor(px: number): number {
  const side = powerOfTwo(Math.max(px, MIN_SIDE));
  const smaller = sideBelow(side);
  return smaller !== null && smaller >= px ? smaller : side;
}

/** The next smaller side; null for the smallest. */
export function sideBelow(side: number): number | null {
  const smaller = Number.isInteger(Math.log2(side)) ? (side / 4) * 3 : (side / 3) * 2;
  if (smaller % MIN_SIDE === 0) return smaller;
  return side > MIN_SIDE ? side / 2 : null;
}

/** Sides 2^a * 3^b * 5^c that PFFFT transforms; they lie closer together than those of `sideFor`. */
const CLOSE_SIDES: readonly number[] = (() => {
  const sides: number[] = [];
  for (let five = 1; five <= 125; five *= 5)
    for (let three = five; three <= 128; three *= 3)
      for (let two = three; two <= 128; two *= 2) sides.push(MIN_SIDE * two);
  return sides.sort((a, b) => a - b);
})();

/** Smallest side 32 * 2^a * 3^b * 5^c that holds this many pixels. */
export function closeSideFor(px: number): number {
  const side = CLOSE_SIDES.find((side) => side >= px);
  if (side === undefined)
    throw argumentError("closeSideFor", `a block may have at most ${CLOSE_SIDES.at(-1)} px a side`, px);
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

/** Creates the heap at the first call. After a failed call, the next one tries again. */
export function openFourier(): Promise<Fourier> {
  opened ??= Heap.open()
    .then(fourierOf)
    .catch((cause: unknown) => {
      opened = undefined;
      throw new UnblurError(
        "device",
        `deconvolution: estimating blur needs WebAssembly with SIMD, which did not start (${String(cause)})`,
        { cause },
      );
    });
  return opened;
}
