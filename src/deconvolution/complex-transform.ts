/** @file Fourier transform of square blocks of complex numbers. */
import type { Heap, HeapFloats } from "./heap.js";
import { LineTransforms } from "./line-transforms.js";

/**
 * Transform of blocks `size` x `size`, in place. The spectrum is transposed, which is no matter as long as both factors
 * of a product are.
 */
export class ComplexTransform {
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
