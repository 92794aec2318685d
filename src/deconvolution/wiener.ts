/** @file Undoing a known blur by an inverse filter that prefers small differences between neighbours (Wiener 1949; Krishnan 2009, eq. 4). */
import type { Kernel } from "../blur/kernel.js";
import type { Planes } from "../images/image.js";
import { gradientPowers, kernelSpectrum } from "./gradient-filters.js";
import { periodicBlock } from "./periodic-block.js";
import type { RealTransform } from "./real-transform.js";

/** Applies inverse filters to blocks of one size. */
export class InverseFilter {
  private readonly gain: Float32Array;

  /** `smoothness`: the weight of squared differences against squared errors; 0.005 for photos that were stored in 8 bits. */
  constructor(
    private readonly transform: RealTransform,
    kernel: Kernel,
    smoothness: number,
  ) {
    const filter = kernelSpectrum(kernel, transform);
    const powers = gradientPowers(transform);
    const size2 = transform.size ** 2; // which the inverse transform multiplies by
    this.gain = filter;
    for (let i = 0, at = 0; i < powers.length; i++, at += 2) {
      const scale = 1 / (size2 * (filter[at]! ** 2 + filter[at + 1]! ** 2 + smoothness * powers[i]!));
      filter[at]! *= scale;
      filter[at + 1]! *= -scale;
    }
  }

  /** [C, H, W] of light -> the same, sharper. Values may leave 0 to 1. */
  apply(light: Planes): Planes {
    const { width, height, channels } = light;
    const { gain } = this;
    const { size } = this.transform;
    const out = new Float32Array(light.data.length);
    for (let channel = 0; channel < channels; channel++) {
      const spectrum = this.transform.forward(periodicBlock(light, channel, size));
      for (let at = 0; at < spectrum.length; at += 2) {
        const re = spectrum[at]!;
        const im = spectrum[at + 1]!;
        const gainRe = gain[at]!;
        const gainIm = gain[at + 1]!;
        spectrum[at] = re * gainRe - im * gainIm;
        spectrum[at + 1] = re * gainIm + im * gainRe;
      }
      const block = this.transform.inverse(spectrum);
      for (let y = 0; y < height; y++)
        out.set(block.subarray(y * size, y * size + width), (channel * height + y) * width);
    }
    return { width, height, channels, data: out };
  }
}
