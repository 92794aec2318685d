/** @file The Fourier transform of square blocks of complex numbers. */
import type { Heap, HeapFloats } from "./heap.js";
import { LineTransforms } from "./line-transforms.js";

/** Of blocks `size` x `size`, in place. Comes out transposed: so does what it is multiplied by. */
export class ComplexTransform {
  private readonly lines: LineTransforms;

  constructor(
    readonly heap: Heap,
    readonly size: number,
  ) {
    this.lines = new LineTransforms(heap, "complex", size);
  }

  /** `backward`: size^2 times the inverse of `forward`. */
  transform(block: HeapFloats, direction: "forward" | "backward"): void {
    this.lines.each(block, direction);
    this.heap.loops.transposeSquare(block.at, this.size);
    this.lines.each(block, direction);
  }
}
