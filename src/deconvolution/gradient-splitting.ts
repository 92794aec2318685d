/**
 * @file Deconvolution under a prior on the differences between neighbours, by half-quadratic splitting: small
 * differences are dropped, then the picture is computed that has the remaining ones and blurs to the observed picture
 * (Krishnan and Fergus 2009; Xu et al. 2013).
 */
import type { Kernel } from "../blur/kernel.js";
import { gradientPowers, kernelSpectrum, type Shift } from "./gradient-filters.js";
import type { HeapFloats, HeapScope } from "./heap.js";
import type { RealTransform } from "./real-transform.js";

/** One iteration. */
export interface SplittingStep {
  /** Weight of the kept differences relative to the observed picture. */
  readonly weight: number;
  /** `steps`: smallest sum of squares that is kept. `shrunk`: amount by which each difference is shrunk towards 0. */
  readonly threshold: number;
}

/**
 * Shrinkage of the differences: `steps` keeps or drops a pair as a whole (L0), `shrunk` shrinks each direction by
 * itself (total variation).
 */
const DIVERGENCES = { steps: "divergenceOfSteps", shrunk: "divergenceOfShrunk" } as const;

/** Solver for one block and kernel after the other. Valid while its scope lives. */
export class GradientSplitting {
  private readonly block: HeapFloats;
  private readonly divergence: HeapFloats;
  /** Buffer of one row of the block. */
  private readonly above: HeapFloats;
  private readonly observed: HeapFloats;
  private readonly response: HeapFloats;
  private readonly spectrum: HeapFloats;
  /** Transform of the observed block, times the conjugate of the kernel's. */
  private readonly matched: HeapFloats;
  /** Power of the kernel at every frequency. */
  private readonly power: HeapFloats;
  /** Power of the differences between neighbours at every frequency. */
  private readonly powers: HeapFloats;
  private blurry: Float32Array = new Float32Array();

  constructor(
    private readonly transform: RealTransform,
    scope: HeapScope,
  ) {
    const { size, frequencies } = transform;
    this.block = scope.floats(size * size);
    this.divergence = scope.floats(size * size);
    this.above = scope.floats(size);
    this.observed = scope.floats(2 * frequencies);
    this.response = scope.floats(2 * frequencies);
    this.spectrum = scope.floats(2 * frequencies);
    this.matched = scope.floats(2 * frequencies);
    this.power = scope.floats(frequencies);
    this.powers = scope.floats(frequencies);
    gradientPowers(transform, this.powers);
  }

  /** Sets the observed picture: periodic, [size, size] of light, 0 to 1. Keeps a reference, not a copy. */
  observe(blurry: Float32Array): void {
    this.blurry = blurry;
    this.block.view().set(blurry);
    this.transform.forward(this.block, this.observed);
  }

  /** Sets the kernel, moved by `shift`. */
  use(kernel: Kernel, shift?: Shift): void {
    kernelSpectrum(kernel, this.transform, this.divergence, this.response, shift);
  }

  /** Solves from the blurry block on. The result [size, size] is valid until the next call of any method. */
  solve(shape: keyof typeof DIVERGENCES, steps: Iterable<SplittingStep>): Float32Array {
    const { transform, block, divergence, above, observed, response, spectrum, matched, power, powers } = this;
    const { size, frequencies, heap } = transform;
    const { wasm } = heap;
    wasm.matchKernel(response.at, observed.at, matched.at, power.at, frequencies);
    block.view().set(this.blurry);
    const size2 = size ** 2; // the inverse transform multiplies by size^2
    for (const { weight, threshold } of steps) {
      wasm[DIVERGENCES[shape]](block.at, divergence.at, above.at, size, threshold);
      transform.forward(divergence, spectrum);
      wasm.solveForSketch(spectrum.at, matched.at, power.at, powers.at, frequencies, weight, size2);
      transform.inverse(spectrum, block);
    }
    return block.view();
  }

  /** Blurs the result of `solve` with the kernel, in place of that result. */
  reblur(): Float32Array {
    const { transform, block, response, spectrum, divergence } = this;
    transform.forward(block, spectrum);
    transform.heap.wasm.applyFilter(spectrum.at, response.at, transform.frequencies);
    transform.inverse(spectrum, divergence);
    const values = divergence.view();
    const scale = 1 / transform.size ** 2;
    for (let i = 0; i < values.length; i++) values[i]! *= scale;
    return values;
  }
}
