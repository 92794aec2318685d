/**
 * @file Calibration of an uncertainty: the share of pixels whose truth lies within so many standard deviations of a
 * mean of samples. For Gaussian errors of exactly known size it is 68.27 % within one and 95.45 % within two. A
 * deviation of few samples covers less, see `exactShare`.
 */
import { shapeError } from "../base/errors.js";
import type { Raster } from "../images/image.js";

/** Share of a normal distribution within one standard deviation. */
export const ONE_SIGMA_SHARE = 0.6827;

/**
 * Share of errors within so many deviations if the sampler is exact. A deviation of few samples is itself an estimate,
 * so this is Student's t distribution with K - 1 degrees of freedom, if Gaussian errors are the same in all colours;
 * with independent errors there are more degrees of freedom. Many samples give the normal distribution. With t =
 * sqrt(n) tan(angle) the density is cos(angle)^(n - 1), integrated by Simpson's rule.
 */
export function exactShare(sigmas: number, samples: number): number {
  const freedom = samples - 1;
  const area = (end: number) => {
    const steps = 400;
    let sum = 0;
    for (let i = 0; i <= steps; i++)
      sum += (i === 0 || i === steps ? 1 : i % 2 ? 4 : 2) * Math.cos((end * i) / steps) ** (freedom - 1);
    return (sum * end) / (3 * steps);
  };
  return area(Math.atan(sigmas / Math.sqrt(freedom))) / area(Math.PI / 2);
}

const BINS_PER_SIGMA = 100;
const MAX_SIGMAS = 100;

/** Histogram of errors in standard deviations, over all pictures added. */
export class Calibration {
  readonly #bins = new Float64Array(BINS_PER_SIGMA * MAX_SIGMAS + 1);
  #count = 0;

  /**
   * `deviation`: standard deviation of each pixel over `samples` samples, white is 1, [height * width]. The mean of K
   * samples is itself uncertain, so the expected error is deviation * sqrt(1 + 1 / K), plus the variance of rounding to
   * 8 bits. Pictures must be 8-bit and of one size.
   */
  add(mean: Raster, truth: Raster, deviation: Float32Array, samples: number): void {
    const { channels, data } = truth;
    if (mean.data.length !== data.length || deviation.length * channels !== data.length)
      throw shapeError("Calibration", `a mean and a deviation of ${data.length} values`, [
        mean.data.length,
        deviation.length,
      ]);
    for (let i = 0; i < data.length; i++) {
      const variance = (255 * deviation[Math.floor(i / channels)]!) ** 2 * (1 + 1 / samples) + 1 / 12;
      const sigmas = Math.abs(mean.data[i]! - data[i]!) / Math.sqrt(variance);
      this.#bins[Math.min(this.#bins.length - 1, Math.floor(sigmas * BINS_PER_SIGMA))]! += 1;
    }
    this.#count += data.length;
  }

  /** Share of errors within so many standard deviations, at a resolution of 1/100 of one. */
  within(sigmas: number): number {
    const end = Math.min(this.#bins.length, Math.round(sigmas * BINS_PER_SIGMA));
    return this.#bins.subarray(0, end).reduce((sum, value) => sum + value, 0) / this.#count;
  }

  /** Factor of the deviations that would bring 68.27 % of the errors within one. */
  factor(): number {
    let sum = 0;
    const bin = this.#bins.findIndex((value) => {
      sum += value;
      return sum >= ONE_SIGMA_SHARE * this.#count;
    });
    return (bin + 1) / BINS_PER_SIGMA;
  }
}
