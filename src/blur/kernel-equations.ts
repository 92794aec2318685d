/** @file Normal equations of a blur kernel between two pictures, from the correlations of their gradients. */
import type { Planes } from "../images/image.js";
import { ExactBlockTransform } from "./block-transform.js";
import { powerOfTwo } from "./line-transform.js";

/** Normal equations. Entry (u, v) of the matrix is the correlation at u - v, so a product with it is a convolution. */
export interface NormalEquations {
  /** Writes the matrix's product with `kernel` to `product`; both are odd squares of the kernel's reach. */
  multiply(kernel: Float64Array, product: Float64Array): void;
  readonly target: Float64Array;
  /** Upper bound of the matrix's largest eigenvalue. */
  readonly bound: number;
  /** Diagonal of the matrix. */
  readonly power: number;
}

/**
 * Given the blurry picture, returns a function from a sharp candidate to the normal equations of the kernel. All
 * pictures are [1, H, W], of one size within a call.
 */
export type KernelEquations = (blurry: Planes, reachPx: number) => (sharp: Planes) => NormalEquations;

/**
 * Share of a side over which a picture fades out at each end. Fading up to the middle would leave a seventh of the
 * picture, this leaves a third.
 */
const FADE = 0.35;

/**
 * Tukey window of `n` places: 0 beyond both ends and 1 in between. `fade` is the share of a side that fades, 0 for
 * none.
 */
export const faded = (n: number, fade = FADE): Float64Array =>
  Float64Array.from({ length: n }, (_, i) => {
    const share = Math.min(i + 1, n - i) / (fade * (n + 1));
    return share < 1 ? Math.sin((Math.PI / 2) * share) ** 2 : 1;
  });

/** Side in pixels of a block for correlating two pictures up to two reaches without wrapping around. */
export const correlatedPx = ({ width, height }: Planes, reachPx: number): number =>
  Math.max(width, height) + 2 * reachPx;

/** Side in pixels of a block for multiplying a kernel by the matrix. */
export const multipliedPx = (reachPx: number): number => 4 * reachPx + 1;

/** Indices, row by row, of an odd square around the origin of a block [size, size]. */
export function aroundOrigin(reachPx: number, size: number): Int32Array {
  const side = 2 * reachPx + 1;
  const wrapped = (offset: number) => (offset + size) % size;
  return Int32Array.from({ length: side * side }, (_, i) => {
    const [dx, dy] = [(i % side) - reachPx, Math.floor(i / side) - reachPx];
    return wrapped(dy) * size + wrapped(dx);
  });
}

/** Indices, row by row, of an odd square in the first corner of a block [size, size]. */
export function inCorner(reachPx: number, size: number): Int32Array {
  const side = 2 * reachPx + 1;
  return Int32Array.from({ length: side * side }, (_, i) => Math.floor(i / side) * size + (i % side));
}

/** Normal equations in double precision. */
export const exactEquations: KernelEquations = (blurry, reachPx) => {
  const transform = new ExactBlockTransform(powerOfTwo(correlatedPx(blurry, reachPx)));
  const newBlock = () => new Float64Array(2 * transform.size ** 2);
  const observed = gradientSpectrum(blurry, transform, newBlock());
  // Shared by all sharp pictures: allocating these megabytes for each would burden the garbage collector.
  const [own, products] = [newBlock(), newBlock()];
  const wide = aroundOrigin(2 * reachPx, transform.size);
  const narrow = aroundOrigin(reachPx, transform.size);
  return (sharp) => {
    correlate(gradientSpectrum(sharp, transform, own), observed, products, transform.size);
    transform.inverse(products);
    const correlation = Float64Array.from(wide, (at) => products[2 * at]!);
    const target = Float64Array.from(narrow, (at) => products[2 * at + 1]!);
    return { target, power: products[0]!, ...exactMatrix(correlation, reachPx) };
  };
};

/** Spectrum of the gradient: differences to the right and below as one complex number, windowed; left in `block`. */
function gradientSpectrum(
  { width, height, data }: Planes,
  transform: ExactBlockTransform,
  block: Float64Array,
): Float64Array {
  const [across, down] = [faded(width - 1), faded(height - 1)];
  block.fill(0);
  for (let y = 0; y + 1 < height; y++)
    for (let x = 0; x + 1 < width; x++) {
      const from = y * width + x;
      const to = 2 * (y * transform.size + x);
      const weight = across[x]! * down[y]!;
      block[to] = weight * (data[from + 1]! - data[from]!);
      block[to + 1] = weight * (data[from + width]! - data[from]!);
    }
  transform.forward(block);
  return block;
}

/**
 * Correlations of the sharp gradients `x` with themselves and with the blurry ones `y`. Only their real parts count;
 * the imaginary parts mix the two directions. A real part is the transform of a spectrum's symmetric part, so one
 * transform gives both, the second as its imaginary part.
 */
function correlate(x: Float64Array, y: Float64Array, products: Float64Array, size: number): void {
  for (let v = 0, i = 0; v < size; v++)
    for (let u = 0; u < size; u++, i += 2) {
      const mirrored = 2 * (((size - v) % size) * size + ((size - u) % size));
      const a = x[i]!;
      const b = x[i + 1]!;
      const c = y[i]!;
      const d = y[i + 1]!;
      const e = x[mirrored]!;
      const f = x[mirrored + 1]!;
      const g = y[mirrored]!;
      const h = y[mirrored + 1]!;
      const squared = a * a + b * b + e * e + f * f;
      const across = a * c + b * d + e * g + f * h;
      const imaginary = a * d - b * c - (e * h - f * g);
      products[i] = (squared - imaginary) / 2;
      products[i + 1] = across / 2;
    }
}

function exactMatrix(correlation: Float64Array, reachPx: number): Pick<NormalEquations, "multiply" | "bound"> {
  const transform = new ExactBlockTransform(powerOfTwo(multipliedPx(reachPx)));
  const { size } = transform;
  const spectrum = new Float64Array(2 * size * size);
  aroundOrigin(2 * reachPx, size).forEach((to, i) => {
    spectrum[2 * to] = correlation[i]!;
  });
  transform.forward(spectrum);
  let bound = 0;
  for (let i = 0; i < spectrum.length; i += 2) bound = Math.max(bound, Math.abs(spectrum[i]!));
  const block = new Float64Array(spectrum.length);
  const places = inCorner(reachPx, size);
  return {
    bound,
    multiply(kernel, product) {
      block.fill(0);
      for (let i = 0; i < kernel.length; i++) block[2 * places[i]!] = kernel[i]!;
      transform.forward(block);
      for (let i = 0; i < block.length; i += 2) {
        const gain = spectrum[i]!; // real, because an autocorrelation is symmetric
        block[i]! *= gain;
        block[i + 1]! *= gain;
      }
      transform.inverse(block);
      for (let i = 0; i < product.length; i++) product[i] = block[2 * places[i]!]!;
    },
  };
}
