/**
 * @file The sketch of a blurry picture under a given kernel: a sharp picture with as few steps of brightness as
 * possible, which is the best input of a kernel estimate. L0-regularised deconvolution by half-quadratic splitting (Xu,
 * Zheng, Jia 2013; Pan et al. 2014, eq. 8 to 13).
 */
import type { Kernel } from "../blur/kernel.js";
import { GradientSplitting } from "./gradient-splitting.js";
import type { HeapScope } from "./heap.js";
import type { RealTransform } from "./real-transform.js";

/** Schedule of the splitting weight. */
export interface SketchSteps {
  /** Factor of the weight from one solve to the next; nearer to 1 is slower and finds better steps. */
  readonly rise: number;
  /** First weight, in units of the penalty. A smaller one would drop every step and only smooth the sketch. */
  readonly firstBeta?: number;
  /**
   * Last weight. Steps of a tenth of sqrt(lambda) are kept by then; a larger weight changes neither sketch nor kernel.
   */
  readonly mostBeta?: number;
}

/** Computes sketches of one blurry block under one kernel after the other. */
export class SparseGradients {
  private readonly splitting: GradientSplitting;

  /** `blurry`: periodic, [size, size] of light, 0 to 1. Valid while `scope` lives. */
  constructor(transform: RealTransform, scope: HeapScope, blurry: Float32Array) {
    this.splitting = new GradientSplitting(transform, scope);
    this.splitting.observe(blurry);
  }

  /**
   * Sketch [size, size], valid until the next one is computed. `lambda` is the penalty of a step in brightness: the
   * larger, the fewer are kept.
   */
  sketch(kernel: Kernel, lambda: number, { rise, firstBeta = 8, mostBeta = 100 }: SketchSteps): Float32Array {
    this.splitting.use(kernel);
    const steps = [];
    for (let beta = firstBeta * lambda; beta < mostBeta; beta *= rise)
      steps.push({ weight: beta, threshold: lambda / beta });
    return this.splitting.solve("steps", steps);
  }
}
