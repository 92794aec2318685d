/** @file The Fourier transform of the lines of a block, one after the other: what two-dimensional transforms are made of. */
import FFT from "fft.js";

export const powerOfTwo = (least: number): number => 2 ** Math.ceil(Math.log2(least));

/** Of lines of `size` interleaved complex numbers, a power of two. */
export class LineTransform {
  /** What `forward` and `inverse` read, and what they write. */
  readonly input: Float64Array;
  readonly output: Float64Array;
  private readonly fft: FFT;

  constructor(readonly size: number) {
    this.fft = new FFT(size);
    this.input = new Float64Array(2 * size);
    this.output = new Float64Array(2 * size);
  }

  forward(): void {
    this.fft.transform(this.output, this.input);
  }

  /** Scaled. */
  inverse(): void {
    this.fft.inverseTransform(this.output, this.input);
  }

  /** Every line of a block in place. */
  each(block: Float64Array, direction: "forward" | "inverse"): void {
    for (let at = 0; at < block.length; at += this.input.length) {
      this.input.set(block.subarray(at, at + this.input.length));
      this[direction]();
      block.set(this.output, at);
    }
  }
}
