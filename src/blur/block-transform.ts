/** @file The Fourier transform of square blocks, with sides that are powers of two. */
import FFT from "fft.js";

/** Two-dimensional transforms of square blocks of interleaved complex numbers. Comes out transposed: so does what it is multiplied by. */
export class BlockTransform {
  private readonly fft: FFT;
  private readonly lineIn: Float64Array;
  private readonly lineOut: Float64Array;

  constructor(readonly size: number) {
    this.fft = new FFT(size);
    this.lineIn = new Float64Array(2 * size);
    this.lineOut = new Float64Array(2 * size);
  }

  private lines(block: Float64Array, inverse: boolean): void {
    const length = 2 * this.size;
    for (let at = 0; at < block.length; at += length) {
      this.lineIn.set(block.subarray(at, at + length));
      if (inverse) this.fft.inverseTransform(this.lineOut, this.lineIn);
      else this.fft.transform(this.lineOut, this.lineIn);
      block.set(this.lineOut, at);
    }
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
    this.lines(block, false);
    this.transpose(block);
    this.lines(block, false);
  }

  /** The inverse of `forward`, scaled. */
  inverse(block: Float64Array): void {
    this.lines(block, true);
    this.transpose(block);
    this.lines(block, true);
  }
}
