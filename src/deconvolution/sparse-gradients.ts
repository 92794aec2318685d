/**
 * @file A sharp sketch of a blurry picture under a given kernel, with as few steps of brightness as will do: what a kernel is best
 * estimated from. L0-regularised deconvolution by half-quadratic splitting (Xu, Zheng, Jia 2013; Pan et al. 2014, eq. 8 to 13).
 */
import type { Kernel } from "../blur/kernel.js";
import { GradientSplitting } from "./gradient-splitting.js";
import type { HeapScope } from "./heap.js";
import type { RealTransform } from "./real-transform.js";

/** How gently a sketch is split. */
export interface SketchSteps {
  /** By which the weight of the splitting is multiplied from one solve to the next: nearer to 1 is slower, and finds better steps. */
  readonly rise: number;
  /** Where it begins, in prices of a step: earlier, every step is given up, and the sketch is smoothed for nothing. */
  readonly firstBeta?: number;
  /** Where splitting ends: steps of a tenth of sqrt(lambda) are kept by then, and more change neither sketch nor kernel. */
  readonly mostBeta?: number;
}

/** Solves for the sketch of one blurry block under one kernel after the other. */
export class SparseGradients {
  private readonly splitting: GradientSplitting;

  /** `blurry`: [size, size] of light, 0 to 1, joining on to itself. It works as long as `scope` lives. */
  constructor(transform: RealTransform, scope: HeapScope, blurry: Float32Array) {
    this.splitting = new GradientSplitting(transform, scope);
    this.splitting.observe(blurry);
  }

  /** [size, size], until the next sketch is asked for. `lambda` is the price of a step in brightness: the higher, the fewer are kept. */
  sketch(kernel: Kernel, lambda: number, { rise, firstBeta = 8, mostBeta = 100 }: SketchSteps): Float32Array {
    this.splitting.use(kernel);
    const steps = [];
    for (let beta = firstBeta * lambda; beta < mostBeta; beta *= rise)
      steps.push({ weight: beta, threshold: lambda / beta });
    return this.splitting.solve("steps", steps);
  }
}
