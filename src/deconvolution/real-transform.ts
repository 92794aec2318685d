/** @file The Fourier transform of square blocks of real numbers: half the work of complex ones. */
import type { Heap, HeapFloats } from "./heap.js";
import { LineTransforms } from "./line-transforms.js";

/**
 * Of blocks `size` x `size`. A spectrum holds the columns 0 to size / 2, one after the other, each of `size` interleaved
 * complex numbers; the other columns are their mirror images.
 */
export class RealTransform {
  /** Complex numbers in a spectrum. */
  readonly frequencies: number;
  private readonly rows: LineTransforms;
  private readonly columns: LineTransforms;

  constructor(
    readonly heap: Heap,
    readonly size: number,
  ) {
    this.frequencies = (size / 2 + 1) * size;
    this.rows = new LineTransforms(heap, "real", size);
    this.columns = new LineTransforms(heap, "complex", size);
  }

  /** [size, size], which is used up -> spectrum. */
  forward(block: HeapFloats, spectrum: HeapFloats): void {
    this.rows.each(block, "forward");
    this.heap.loops.columnsOfRows(block.at, spectrum.at, this.size);
    this.columns.each(spectrum, "forward");
  }

  /**
   * The inverse of `forward`, times size^2: who multiplies a spectrum by something divides by that in passing. The spectrum is used up.
   */
  inverse(spectrum: HeapFloats, block: HeapFloats): void {
    this.columns.each(spectrum, "backward");
    this.heap.loops.rowsOfColumns(spectrum.at, block.at, this.size);
    this.rows.each(block, "backward");
  }
}
