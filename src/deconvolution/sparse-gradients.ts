/**
 * @file A sharp sketch of a blurry picture under a given kernel, with as few steps of brightness as will do: what a kernel is best
 * estimated from. L0-regularised deconvolution by half-quadratic splitting (Xu, Zheng, Jia 2013; Pan et al. 2014, eq. 8 to 13).
 */
import type { Kernel } from "../blur/kernel.js";
import { gradientPowers, kernelSpectrum } from "./gradient-filters.js";
import type { RealTransform } from "./real-transform.js";
import { SketchLoops } from "./sketch-loops.js";

/** Where splitting ends: steps of a tenth of sqrt(lambda) are kept by then, and more change neither sketch nor kernel. */
const MOST_BETA = 100;
/** Where it begins, in prices of a step: earlier, every step is given up, and the sketch is smoothed for nothing. */
const FIRST_BETA = 8;

/** Solves for the sketch of one blurry block under one kernel after the other. */
export class SparseGradients {
  private readonly observed: Float32Array;
  private readonly loops: SketchLoops;

  /** `blurry`: [size, size] of light, 0 to 1, joining on to itself. */
  constructor(
    private readonly transform: RealTransform,
    private readonly blurry: Float32Array,
  ) {
    this.observed = transform.forward(blurry);
    this.loops = new SketchLoops(transform.size, transform.frequencies);
    this.loops.powers.set(gradientPowers(transform));
  }

  /**
   * [size, size], until the next sketch is asked for. `lambda` is the price of a step in brightness: the higher, the fewer are kept. The weight
   * of the splitting is multiplied by `rise` from one solve to the next: nearer to 1 is slower, and finds better steps.
   */
  sketch(kernel: Kernel, lambda: number, rise: number): Float32Array {
    const { transform, observed, loops } = this;
    const { block, divergence, spectrum, matched, power } = loops;
    const response = kernelSpectrum(kernel, transform);
    for (let i = 0, at = 0; i < power.length; i++, at += 2) {
      const re = response[at]!;
      const im = response[at + 1]!;
      const seenRe = observed[at]!;
      const seenIm = observed[at + 1]!;
      matched[at] = re * seenRe + im * seenIm;
      matched[at + 1] = re * seenIm - im * seenRe;
      power[i] = re * re + im * im;
    }
    block.set(this.blurry);
    const size2 = transform.size ** 2; // which the inverse transform multiplies by
    for (let beta = FIRST_BETA * lambda; beta < MOST_BETA; beta *= rise) {
      loops.divergenceOfSteps(lambda / beta);
      transform.forward(divergence, spectrum);
      loops.solve(beta, size2);
      transform.inverse(spectrum, block);
    }
    return block;
  }
}
