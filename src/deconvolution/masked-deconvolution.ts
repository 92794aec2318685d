/**
 * @file Deconvolution with masked pixels. A clipped lamp was brighter than white by an unknown amount; an inverse
 * filter that takes it for white rings around it. The method is total variation by ADMM, with variables split for the
 * blurry picture and for the differences (Almeida and Figueiredo 2013). What lies outside of the picture is masked, too.
 */
import type { Kernel } from "../blur/kernel.js";
import { gradientPowers, kernelSpectrum, type Shift } from "./gradient-filters.js";
import type { HeapScope } from "./heap.js";
import type { RealTransform } from "./real-transform.js";

const ITERATIONS = 30;
/** Weights of the two splittings: squared errors of light, and squared differences. */
const BLURRED_WEIGHT = 0.05;
const DIFFERENCE_WEIGHT = 0.01;
/** Keeps the system solvable where all pixels are masked. */
const MIN_CURB = 1e-8;

/** Light, [size, size] each. */
export interface MaskedResult {
  readonly sharper: Float32Array;
  /** `sharper` blurred with the kernel. */
  readonly reblurred: Float32Array;
}

/** Deconvolves a periodic blurry block, [size, size]; `known` is 1 where a pixel counts and 0 where it does not. */
export function deconvolveMasked(
  blurry: Float32Array,
  known: Float32Array,
  { kernel, shift, lambda }: { readonly kernel: Kernel; readonly shift?: Shift | undefined; readonly lambda: number },
  transform: RealTransform,
  scope: HeapScope,
): MaskedResult {
  const { size, frequencies, heap } = transform;
  const { wasm } = heap;
  const pixels = size * size;
  const floats = (length: number, values?: Float32Array) => {
    const array = scope.floats(length);
    if (values) array.view().set(values);
    return array;
  };
  const zeros = () => floats(pixels, new Float32Array(pixels));
  const [observed, weights, x, block] = [
    floats(pixels, blurry),
    floats(pixels, known),
    floats(pixels, blurry),
    floats(pixels),
  ];
  const [spectrum, other, response, matched] = [
    floats(2 * frequencies),
    floats(2 * frequencies),
    floats(2 * frequencies),
    floats(2 * frequencies),
  ];
  const [power, powers, above] = [floats(frequencies), floats(frequencies), floats(size)];
  const [dual, dualRight, dualBelow] = [zeros(), zeros(), zeros()];
  kernelSpectrum(kernel, transform, block, response, shift);
  gradientPowers(transform, powers);
  const beta = DIFFERENCE_WEIGHT / BLURRED_WEIGHT;
  const curbs = powers.view();
  for (let i = 0; i < curbs.length; i++) curbs[i]! += MIN_CURB / beta;
  block.view().set(blurry.map((value) => value / pixels)); // inverse transforms are unscaled
  transform.forward(block, spectrum);
  for (let iteration = 0; ; iteration++) {
    wasm.applyFilter(spectrum.at, response.at, frequencies);
    transform.inverse(spectrum, block); // x, blurred again
    if (iteration === ITERATIONS) break;
    // The blurry picture: the observed value where it is known, the reblurred x elsewhere.
    wasm.splitBlurred(observed.at, weights.at, block.at, dual.at, pixels, BLURRED_WEIGHT);
    transform.forward(block, spectrum);
    wasm.splitDifferences(
      ...([x.at, dualRight.at, dualBelow.at, block.at, above.at, size] as const),
      lambda / DIFFERENCE_WEIGHT,
    );
    transform.forward(block, other);
    // x = (mu conj(K) U + nu D) / (mu |K|^2 + nu P): the sketch's solution with weight nu / mu.
    wasm.matchKernel(response.at, spectrum.at, matched.at, power.at, frequencies);
    wasm.solveForSketch(other.at, matched.at, power.at, powers.at, frequencies, beta, pixels);
    spectrum.view().set(other.view());
    transform.inverse(other, x);
  }
  return { sharper: x.view().slice(), reblurred: block.view().slice() };
}
