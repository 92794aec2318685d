/** @file Fourier transform of square blocks in double precision; sides are powers of two. */
import { LineTransform } from "./line-transform.js";

/**
 * Two-dimensional transform of square blocks of interleaved complex numbers, in place. The spectrum is transposed,
 * which is no matter as long as both factors of a product are.
 */
export class ExactBlockTransform {
  private readonly lines: LineTransform;

  constructor(readonly size: number) {
    this.lines = new LineTransform(size);
  }

  private transpose(block: Float64Array): void {
    const n = this.size;
    for (let y = 0; y < n; y++)
      for (let x = 0; x < y; x++) {
        const [a, b] = [2 * (y * n + x), 2 * (x * n + y)];
        const [re, im] = [block[a]!, block[a + 1]!];
        block[a] = block[b]!;
        block[a + 1] = block[b + 1]!;
        block[b] = re;
        block[b + 1] = im;
      }
  }

  forward(block: Float64Array): void {
    this.lines.each(block, "forward");
    this.transpose(block);
    this.lines.each(block, "forward");
  }

  /** Inverse of `forward`, scaled. */
  inverse(block: Float64Array): void {
    this.lines.each(block, "inverse");
    this.transpose(block);
    this.lines.each(block, "inverse");
  }
}
