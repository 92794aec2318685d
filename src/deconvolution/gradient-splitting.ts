/**
 * @file Deconvolution under a prior on the differences between neighbours, by half-quadratic splitting: differences are given up where
 * they are small, then the picture is solved for that has the others and blurs to what was seen (Krishnan and Fergus 2009; Xu et al. 2013).
 */
import type { Kernel } from "../blur/kernel.js";
import { gradientPowers, kernelSpectrum, type Shift } from "./gradient-filters.js";
import type { HeapFloats, HeapScope } from "./heap.js";
import type { RealTransform } from "./real-transform.js";

/** One turn of it. */
export interface SplittingStep {
  /** Of the kept differences against what was seen. */
  readonly weight: number;
  /** `steps`: the least sum of squares that is kept; `shrunk`: by how much each comes nearer to 0. */
  readonly threshold: number;
}

/** How differences are given up: by the pair, all or nothing (L0), or each a little (total variation, one direction at a time). */
const DIVERGENCES = { steps: "divergenceOfSteps", shrunk: "divergenceOfShrunk" } as const;

/** Solves for one block and kernel after the other. It works as long as its scope lives. */
export class GradientSplitting {
  private readonly block: HeapFloats;
  private readonly divergence: HeapFloats;
  /** A row of it on its way. */
  private readonly above: HeapFloats;
  private readonly observed: HeapFloats;
  private readonly response: HeapFloats;
  private readonly spectrum: HeapFloats;
  /** The transform of the observed block, times the conjugate of the kernel's. */
  private readonly matched: HeapFloats;
  /** Of the kernel, for every frequency. */
  private readonly power: HeapFloats;
  /** Of differences between neighbours, for every frequency. */
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

  /** What was seen from now on: [size, size] of light, 0 to 1, joining on to itself. It is kept, not copied. */
  observe(blurry: Float32Array): void {
    this.blurry = blurry;
    this.block.view().set(blurry);
    this.transform.forward(this.block, this.observed);
  }

  /** The kernel from now on, moved by `shift`. */
  use(kernel: Kernel, shift?: Shift): void {
    kernelSpectrum(kernel, this.transform, this.divergence, this.response, shift);
  }

  /** [size, size] from the blurry block on, until anything else is asked for. */
  solve(shape: keyof typeof DIVERGENCES, steps: Iterable<SplittingStep>): Float32Array {
    const { transform, block, divergence, above, observed, response, spectrum, matched, power, powers } = this;
    const { size, frequencies, heap } = transform;
    const { loops } = heap;
    loops.matchKernel(response.at, observed.at, matched.at, power.at, frequencies);
    block.view().set(this.blurry);
    const size2 = size ** 2; // which the inverse transform multiplies by
    for (const { weight, threshold } of steps) {
      loops[DIVERGENCES[shape]](block.at, divergence.at, above.at, size, threshold);
      transform.forward(divergence, spectrum);
      loops.solveForSketch(spectrum.at, matched.at, power.at, powers.at, frequencies, weight, size2);
      transform.inverse(spectrum, block);
    }
    return block.view();
  }

  /** What `solve` gave, blurred again by the kernel; it takes its place. */
  reblur(): Float32Array {
    const { transform, block, response, spectrum, divergence } = this;
    transform.forward(block, spectrum);
    transform.heap.loops.applyFilter(spectrum.at, response.at, transform.frequencies);
    transform.inverse(spectrum, divergence);
    const values = divergence.view();
    const scale = 1 / transform.size ** 2;
    for (let i = 0; i < values.length; i++) values[i]! *= scale;
    return values;
  }
}
