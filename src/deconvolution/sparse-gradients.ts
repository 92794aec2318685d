/**
 * @file A sharp sketch of a blurry picture under a given kernel, with as few steps of brightness as will do: what a kernel is best
 * estimated from. L0-regularised deconvolution by half-quadratic splitting (Xu, Zheng, Jia 2013; Pan et al. 2014, eq. 8 to 13).
 */
import type { Kernel } from "../blur/kernel.js";
import { gradientPowers, kernelSpectrum } from "./gradient-filters.js";
import type { RealTransform } from "./real-transform.js";

/** Where splitting ends: steps of a tenth of sqrt(lambda) are kept by then, and more change neither sketch nor kernel. */
const MOST_BETA = 100;

/** Solves for the sketch of one blurry block under one kernel after the other. */
export class SparseGradients {
  private readonly observed: Float64Array;
  private readonly powers: Float64Array;
  private readonly power: Float64Array;
  private readonly spectrum: Float64Array;
  private readonly divergence: Float64Array;

  /** `blurry`: [size, size] of light, 0 to 1, joining on to itself. */
  constructor(
    private readonly transform: RealTransform,
    private readonly blurry: Float64Array,
  ) {
    this.observed = transform.forward(blurry);
    this.powers = gradientPowers(transform);
    this.power = new Float64Array(this.powers.length);
    this.spectrum = new Float64Array(this.observed.length);
    this.divergence = new Float64Array(blurry.length);
  }

  /** [size, size]. `lambda` is the price of a step in brightness: the higher, the fewer are kept. */
  sketch(kernel: Kernel, lambda: number): Float64Array {
    const { transform, observed, powers, spectrum, divergence } = this;
    const matched = kernelSpectrum(kernel, transform);
    const { power } = this;
    for (let i = 0, at = 0; i < power.length; i++, at += 2) {
      const [re, im, seenRe, seenIm] = [matched[at]!, matched[at + 1]!, observed[at]!, observed[at + 1]!];
      matched[at] = re * seenRe + im * seenIm;
      matched[at + 1] = re * seenIm - im * seenRe;
      power[i] = re * re + im * im;
    }
    const sketch = this.blurry.slice();
    for (let beta = 2 * lambda; beta < MOST_BETA; beta *= 2) {
      divergenceOfSteps(sketch, divergence, transform.size, lambda / beta);
      transform.forward(divergence, spectrum);
      for (let i = 0, at = 0; i < power.length; i++, at += 2) {
        const scale = 1 / (power[i]! + beta * powers[i]!);
        spectrum[at] = scale * (matched[at]! + beta * spectrum[at]!);
        spectrum[at + 1] = scale * (matched[at + 1]! + beta * spectrum[at + 1]!);
      }
      transform.inverse(spectrum, sketch);
    }
    return sketch;
  }
}

/** Adjoint of the differences to the right and below, of those differences whose squares together are at least `least`. Periodic. */
function divergenceOfSteps(block: Float64Array, out: Float64Array, size: number, least: number): void {
  out.fill(0);
  for (let y = 0; y < size; y++) {
    const row = y * size;
    const below = ((y + 1) % size) * size;
    for (let x = 0; x < size; x++) {
      const at = row + x;
      const right = x + 1 < size ? at + 1 : row;
      const value = block[at]!;
      const [dx, dy] = [block[right]! - value, block[below + x]! - value];
      if (dx * dx + dy * dy < least) continue;
      out[at]! -= dx + dy;
      out[right]! += dx;
      out[below + x]! += dy;
    }
  }
}
