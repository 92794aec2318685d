/** @file The Fourier transform of square blocks of real numbers: half the work of complex ones. */
import { LineTransform } from "../blur/line-transform.js";

/**
 * Of blocks `size` x `size`, a power of two. A spectrum holds the columns 0 to size / 2, one after the other, each of `size` interleaved
 * complex numbers; the other columns are their mirror images.
 */
export class RealTransform {
  /** Complex numbers in a spectrum. */
  readonly frequencies: number;
  private readonly lines: LineTransform;

  constructor(readonly size: number) {
    this.lines = new LineTransform(size);
    this.frequencies = (size / 2 + 1) * size;
  }

  /** [size, size] -> spectrum, `frequencies` complex numbers. */
  forward(block: Float64Array, spectrum: Float64Array = new Float64Array(2 * this.frequencies)): Float64Array {
    const { size, lines } = this;
    const { input, output } = lines;
    // Two real rows are one complex line; its even and odd parts are theirs.
    for (let row = 0; row < size; row += 2) {
      const [a, b] = [row * size, (row + 1) * size];
      for (let x = 0; x < size; x++) {
        input[2 * x] = block[a + x]!;
        input[2 * x + 1] = block[b + x]!;
      }
      lines.forward();
      for (let u = 0; u <= size / 2; u++) {
        const [at, mirror] = [2 * u, 2 * ((size - u) % size)];
        const [re, im, mirroredRe, mirroredIm] = [output[at]!, output[at + 1]!, output[mirror]!, output[mirror + 1]!];
        const to = 2 * (u * size + row);
        spectrum[to] = (re + mirroredRe) / 2;
        spectrum[to + 1] = (im - mirroredIm) / 2;
        spectrum[to + 2] = (im + mirroredIm) / 2;
        spectrum[to + 3] = (mirroredRe - re) / 2;
      }
    }
    this.lines.each(spectrum, "forward");
    return spectrum;
  }

  /** The inverse of `forward`, scaled; overwrites the spectrum. */
  inverse(spectrum: Float64Array, block: Float64Array = new Float64Array(this.size ** 2)): Float64Array {
    const { size, lines } = this;
    const { input, output } = lines;
    this.lines.each(spectrum, "inverse");
    for (let row = 0; row < size; row += 2) {
      for (let u = 0; u <= size / 2; u++) {
        const from = 2 * (u * size + row);
        const [re, im, nextRe, nextIm] = [
          spectrum[from]!,
          spectrum[from + 1]!,
          spectrum[from + 2]!,
          spectrum[from + 3]!,
        ];
        const [at, mirror] = [2 * u, 2 * ((size - u) % size)];
        input[mirror] = re + nextIm;
        input[mirror + 1] = nextRe - im;
        input[at] = re - nextIm;
        input[at + 1] = im + nextRe;
      }
      lines.inverse();
      const [a, b] = [row * size, (row + 1) * size];
      for (let x = 0; x < size; x++) {
        block[a + x] = output[2 * x]!;
        block[b + x] = output[2 * x + 1]!;
      }
    }
    return block;
  }
}

/** Fourier transforms by size, each made once. */
const transforms = new Map<number, RealTransform>();
export function realTransform(size: number): RealTransform {
  const known = transforms.get(size) ?? new RealTransform(size);
  transforms.set(size, known);
  return known;
}
