/** @file Fourier transform of square blocks of real numbers, at half the cost of complex ones. */
import type { Heap, HeapFloats } from "./heap.js";
import { LineTransforms } from "./line-transforms.js";

/**
 * Transform of blocks `size` x `size`. A spectrum holds the columns 0 to size / 2, one after the other, each of `size`
 * interleaved complex numbers; the other columns are their mirror images.
 */
export class RealTransform {
  /** Number of complex numbers in a spectrum. */
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

  /** Block [size, size], which is overwritten -> spectrum. */
  forward(block: HeapFloats, spectrum: HeapFloats): void {
    this.rows.each(block, "forward");
    this.heap.wasm.columnsOfRows(block.at, spectrum.at, this.size);
    this.columns.each(spectrum, "forward");
  }

  /** size^2 times the inverse of `forward`; callers divide by that when they filter. The spectrum is overwritten. */
  inverse(spectrum: HeapFloats, block: HeapFloats): void {
    this.columns.each(spectrum, "backward");
    this.heap.wasm.rowsOfColumns(spectrum.at, block.at, this.size);
    this.rows.each(block, "backward");
  }
}
