/**
 * @file A sharp sketch of a blurry picture under a given kernel, with as few steps of brightness as will do: what a kernel is best
 * estimated from. L0-regularised deconvolution by half-quadratic splitting (Xu, Zheng, Jia 2013; Pan et al. 2014, eq. 8 to 13).
 */
import type { Kernel } from "../blur/kernel.js";
import { gradientPowers, kernelSpectrum } from "./gradient-filters.js";
import type { HeapFloats, HeapScope } from "./heap.js";
import type { RealTransform } from "./real-transform.js";

/** Where splitting ends: steps of a tenth of sqrt(lambda) are kept by then, and more change neither sketch nor kernel. */
const MOST_BETA = 100;
/** Where it begins, in prices of a step: earlier, every step is given up, and the sketch is smoothed for nothing. */
const FIRST_BETA = 8;

/** Solves for the sketch of one blurry block under one kernel after the other. */
export class SparseGradients {
  private readonly block: HeapFloats;
  private readonly divergence: HeapFloats;
  /** A row of it on its way. */
  private readonly above: HeapFloats;
  private readonly observed: HeapFloats;
  private readonly spectrum: HeapFloats;
  /** The transform of the observed block, times the conjugate of the kernel's. */
  private readonly matched: HeapFloats;
  /** Of the kernel, for every frequency. */
  private readonly power: HeapFloats;
  /** Of differences between neighbours, for every frequency. */
  private readonly powers: HeapFloats;

  /** `blurry`: [size, size] of light, 0 to 1, joining on to itself. It works as long as `scope` lives. */
  constructor(
    private readonly transform: RealTransform,
    scope: HeapScope,
    private readonly blurry: Float32Array,
  ) {
    const { size, frequencies } = transform;
    this.block = scope.floats(size * size);
    this.divergence = scope.floats(size * size);
    this.above = scope.floats(size);
    this.observed = scope.floats(2 * frequencies);
    this.spectrum = scope.floats(2 * frequencies);
    this.matched = scope.floats(2 * frequencies);
    this.power = scope.floats(frequencies);
    this.powers = scope.floats(frequencies);
    gradientPowers(transform, this.powers);
    this.block.view().set(blurry);
    transform.forward(this.block, this.observed);
  }

  /**
   * [size, size], until the next sketch is asked for. `lambda` is the price of a step in brightness: the higher, the fewer are kept. The weight
   * of the splitting is multiplied by `rise` from one solve to the next: nearer to 1 is slower, and finds better steps.
   */
  sketch(kernel: Kernel, lambda: number, rise: number): Float32Array {
    const { transform, block, divergence, above, observed, spectrum, matched, power, powers } = this;
    const { size, frequencies, heap } = transform;
    const { loops } = heap;
    kernelSpectrum(kernel, transform, divergence, spectrum);
    loops.matchKernel(spectrum.at, observed.at, matched.at, power.at, frequencies);
    block.view().set(this.blurry);
    const size2 = size ** 2; // which the inverse transform multiplies by
    for (let beta = FIRST_BETA * lambda; beta < MOST_BETA; beta *= rise) {
      loops.divergenceOfSteps(block.at, divergence.at, above.at, size, lambda / beta);
      transform.forward(divergence, spectrum);
      loops.solveForSketch(spectrum.at, matched.at, power.at, powers.at, frequencies, beta, size2);
      transform.inverse(spectrum, block);
    }
    return block.view();
  }
}
