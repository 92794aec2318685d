/**
 * @file A sharp sketch of a blurry picture under a given kernel, with as few steps of brightness as will do: what a kernel is best
 * estimated from. L0-regularised deconvolution by half-quadratic splitting (Xu, Zheng, Jia 2013; Pan et al. 2014, eq. 8 to 13).
 */
import type { Kernel } from "../blur/kernel.js";
import { gradientPowers, kernelSpectrum } from "./gradient-filters.js";
import type { RealTransform } from "./real-transform.js";

/** Where splitting ends: steps of a tenth of sqrt(lambda) are kept by then, and more change neither sketch nor kernel. */
const MOST_BETA = 100;
/** Where it begins, in prices of a step: earlier, every step is given up, and the sketch is smoothed for nothing. */
const FIRST_BETA = 8;

/** Solves for the sketch of one blurry block under one kernel after the other. */
export class SparseGradients {
  private readonly observed: Float32Array;
  private readonly powers: Float32Array;
  private readonly power: Float32Array;
  private readonly spectrum: Float32Array;
  private readonly divergence: Float32Array;

  /** `blurry`: [size, size] of light, 0 to 1, joining on to itself. */
  constructor(
    private readonly transform: RealTransform,
    private readonly blurry: Float32Array,
  ) {
    this.observed = transform.forward(blurry);
    this.powers = gradientPowers(transform);
    this.power = new Float32Array(this.powers.length);
    this.spectrum = new Float32Array(this.observed.length);
    this.divergence = new Float32Array(blurry.length);
  }

  /**
   * [size, size]. `lambda` is the price of a step in brightness: the higher, the fewer are kept. The weight of the splitting is multiplied by
   * `rise` from one solve to the next: nearer to 1 is slower, and finds better steps.
   */
  sketch(kernel: Kernel, lambda: number, rise: number): Float32Array {
    const { transform, observed, powers, spectrum, divergence } = this;
    const matched = kernelSpectrum(kernel, transform);
    const { power } = this;
    for (let i = 0, at = 0; i < power.length; i++, at += 2) {
      const re = matched[at]!;
      const im = matched[at + 1]!;
      const seenRe = observed[at]!;
      const seenIm = observed[at + 1]!;
      matched[at] = re * seenRe + im * seenIm;
      matched[at + 1] = re * seenIm - im * seenRe;
      power[i] = re * re + im * im;
    }
    const sketch = this.blurry.slice();
    const size2 = transform.size ** 2; // which the inverse transform multiplies by
    for (let beta = FIRST_BETA * lambda; beta < MOST_BETA; beta *= rise) {
      divergenceOfSteps(sketch, divergence, transform.size, lambda / beta);
      transform.forward(divergence, spectrum);
      for (let i = 0, at = 0; i < power.length; i++, at += 2) {
        const scale = 1 / (size2 * (power[i]! + beta * powers[i]!));
        spectrum[at] = scale * (matched[at]! + beta * spectrum[at]!);
        spectrum[at + 1] = scale * (matched[at + 1]! + beta * spectrum[at + 1]!);
      }
      transform.inverse(spectrum, sketch);
    }
    return sketch;
  }
}

/** Adjoint of the differences to the right and below, of those differences whose squares together are at least `least`. Periodic. */
function divergenceOfSteps(block: Float32Array, out: Float32Array, size: number, least: number): void {
  const above = new Float32Array(size); // the difference that came down to each pixel
  const last = size - 1;
  // The last row goes first, for what comes down from it; what it gives itself is wrong then, and written once more in its turn.
  for (let y = -1; y < size; y++) {
    const row = ((y + size) % size) * size;
    const below = ((y + 1) % size) * size;
    const first = block[row]!;
    let value = block[row + last]!;
    let right = first - value;
    let down = block[below + last]! - value;
    // From the row's last pixel, which is the first one's neighbour.
    let left = right * right + down * down < least ? 0 : right;
    value = first;
    for (let x = 0; x < size; x++) {
      const next = x < last ? block[row + x + 1]! : first;
      right = next - value;
      down = block[below + x]! - value;
      const kept = +(right * right + down * down >= least); // multiplied by: no processor can guess which steps stay
      right *= kept;
      down *= kept;
      out[row + x] = left + above[x]! - right - down;
      above[x] = down;
      left = right;
      value = next;
    }
  }
}
