/** @file The Fourier transform of square blocks of real numbers: half the work of complex ones. */
import { HeapBlock, TILE } from "./heap-block.js";
import type { PffftModule } from "./pffft-module.js";

/**
 * Of blocks `size` x `size`. A spectrum holds the columns 0 to size / 2, one after the other, each of `size` interleaved
 * complex numbers; the other columns are their mirror images.
 */
export class RealTransform {
  /** Complex numbers in a spectrum. */
  readonly frequencies: number;
  private readonly rows: HeapBlock;
  private readonly columns: HeapBlock;

  constructor(
    pffft: PffftModule,
    readonly size: number,
  ) {
    this.frequencies = (size / 2 + 1) * size;
    this.rows = new HeapBlock(pffft, "real", size, size);
    this.columns = new HeapBlock(pffft, "complex", size, size / 2 + 1);
  }

  /** [size, size] -> spectrum, `frequencies` complex numbers. */
  forward(block: Float32Array, spectrum: Float32Array = new Float32Array(2 * this.frequencies)): Float32Array {
    const { size } = this;
    const [rows, columns] = [this.rows.view(), this.columns.view()];
    rows.set(block);
    this.rows.transform("forward");
    // The first and the last frequency of a row are real: they stand together where the first one's would.
    for (let row = 0; row < size; row++) {
      columns[2 * row] = rows[row * size]!;
      columns[2 * row + 1] = 0;
      columns[size * size + 2 * row] = rows[row * size + 1]!;
      columns[size * size + 2 * row + 1] = 0;
    }
    const [lying, standing] = [this.rows.pairs(), this.columns.pairs()];
    const half = size / 2;
    for (let top = 0; top < size; top += TILE)
      for (let u = 1; u < half; u++) {
        let from = top * half + u;
        for (let to = u * size + top, end = to + TILE; to < end; to++, from += half) standing[to] = lying[from]!;
      }
    this.columns.transform("forward");
    spectrum.set(columns);
    return spectrum;
  }

  /** The inverse of `forward`, times size^2: who multiplies a spectrum by something divides by that in passing. */
  inverse(spectrum: Float32Array, block: Float32Array = new Float32Array(this.size ** 2)): Float32Array {
    const { size } = this;
    const [rows, columns] = [this.rows.view(), this.columns.view()];
    columns.set(spectrum);
    this.columns.transform("backward");
    for (let row = 0; row < size; row++) {
      rows[row * size] = columns[2 * row]!;
      rows[row * size + 1] = columns[size * size + 2 * row]!;
    }
    const [lying, standing] = [this.rows.pairs(), this.columns.pairs()];
    const half = size / 2;
    for (let top = 0; top < size; top += TILE)
      for (let u = 1; u < half; u++) {
        let to = top * half + u;
        for (let from = u * size + top, end = from + TILE; from < end; from++, to += half) lying[to] = standing[from]!;
      }
    this.rows.transform("backward");
    block.set(rows);
    return block;
  }
}
