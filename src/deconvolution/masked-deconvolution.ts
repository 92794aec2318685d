/**
 * @file Deconvolution with masked pixels. A clipped lamp was brighter than white by an unknown amount; an inverse
 * filter that takes it for white rings around it. The method is total variation by ADMM, with variables split for the
 * blurry picture and for the differences (Almeida and Figueiredo 2013).
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
  const floats = (length: number) => scope.floats(length);
  const [block, spectrum, other, response, matched] = [
    floats(pixels),
    ...[0, 1, 2, 3].map(() => floats(2 * frequencies)),
  ] as const; // prettier-ignore
  const [power, powers] = [floats(frequencies), floats(frequencies)];
  kernelSpectrum(kernel, transform, block, response!, shift);
  gradientPowers(transform, powers);
  const x = blurry.slice();
  const blurred = new Float32Array(pixels);
  const [dual, dualRight, dualBelow] = [0, 1, 2].map(() => new Float32Array(pixels)) as [
    Float32Array,
    Float32Array,
    Float32Array,
  ]; // prettier-ignore
  const [right, below] = [new Float32Array(pixels), new Float32Array(pixels)];
  const scale = 1 / pixels;
  /** Writes to `blurred`, from the spectrum of x, which is overwritten. */
  const reblur = (of: typeof block) => {
    wasm.applyFilter(of.at, response!.at, frequencies);
    transform.inverse(of, block);
    const values = block.view();
    for (let i = 0; i < pixels; i++) blurred[i] = scale * values[i]!;
  };
  block.view().set(x);
  transform.forward(block, spectrum!);
  reblur(spectrum!);
  const threshold = lambda / DIFFERENCE_WEIGHT;
  const shrink = (value: number) => value - Math.min(threshold, Math.max(-threshold, value));
  for (let iteration = 0; iteration < ITERATIONS; iteration++) {
    // The blurry picture: the observed value where it is known, the reblurred x elsewhere.
    const wanted = block.view();
    for (let i = 0; i < pixels; i++) {
      const given = blurred[i]! + dual[i]!;
      const counts = known[i]!;
      const u = (counts * blurry[i]! + BLURRED_WEIGHT * given) / (counts + BLURRED_WEIGHT);
      dual[i] = given - u;
      wanted[i] = u - dual[i]!;
    }
    transform.forward(block, spectrum!);
    for (let y = 0, i = 0; y < size; y++) {
      const down = y + 1 === size ? -y * size : size;
      for (let column = 0; column < size; column++, i++) {
        const toRight = x[i + (column + 1 === size ? -column : 1)]! - x[i]! + dualRight[i]!;
        const toBelow = x[i + down]! - x[i]! + dualBelow[i]!;
        const [keptRight, keptBelow] = [shrink(toRight), shrink(toBelow)];
        dualRight[i] = toRight - keptRight;
        dualBelow[i] = toBelow - keptBelow;
        right[i] = keptRight - dualRight[i]!;
        below[i] = keptBelow - dualBelow[i]!;
      }
    }
    const divergence = block.view();
    for (let y = 0, i = 0; y < size; y++) {
      const up = y === 0 ? pixels - size : -size;
      for (let column = 0; column < size; column++, i++)
        divergence[i] = right[i + (column === 0 ? size - 1 : -1)]! - right[i]! + below[i + up]! - below[i]!;
    }
    transform.forward(block, other!);
    // x = (mu conj(K) U + nu D) / (mu |K|^2 + nu P): the sketch's solution with weight nu / mu.
    wasm.matchKernel(response!.at, spectrum!.at, matched!.at, power.at, frequencies);
    const curbs = power.view();
    for (let i = 0; i < curbs.length; i++) curbs[i]! += MIN_CURB;
    wasm.solveForSketch(
      ...([other!.at, matched!.at, power.at, powers.at, frequencies] as const),
      DIFFERENCE_WEIGHT / BLURRED_WEIGHT,
      1,
    );
    spectrum!.view().set(other!.view());
    transform.inverse(other!, block);
    const values = block.view();
    for (let i = 0; i < pixels; i++) x[i] = scale * values[i]!;
    reblur(spectrum!);
  }
  return { sharper: x, reblurred: blurred };
}
