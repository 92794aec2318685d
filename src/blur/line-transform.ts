/** @file Fourier transform of each line of a block, the building block of two-dimensional transforms. */
import FFT from "fft.js";

export const powerOfTwo = (least: number): number => 2 ** Math.ceil(Math.log2(least));

/** Transform of lines of `size` interleaved complex numbers; `size` is a power of two. */
export class LineTransform {
  /** Input of `forward` and `inverse`; `output` receives their result. */
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

  /** Inverse transform, scaled. */
  inverse(): void {
    this.fft.inverseTransform(this.output, this.input);
  }

  /** Transforms every line of a block in place. */
  each(block: Float64Array, direction: "forward" | "inverse"): void {
    for (let at = 0; at < block.length; at += this.input.length) {
      this.input.set(block.subarray(at, at + this.input.length));
      this[direction]();
      block.set(this.output, at);
    }
  }
}
