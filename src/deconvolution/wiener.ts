/**
 * @file Deconvolution with a known kernel by an inverse filter that prefers small differences between neighbours
 * (Wiener 1949; Krishnan 2009, eq. 4).
 */
import type { Kernel } from "../blur/kernel.js";
import type { Planes } from "../images/image.js";
import { gradientPowers, kernelSpectrum } from "./gradient-filters.js";
import type { HeapFloats, HeapScope } from "./heap.js";
import { periodicBlock } from "./periodic-block.js";
import type { RealTransform } from "./real-transform.js";

/** Inverse filter of blocks of one size. */
export class InverseFilter {
  private readonly block: HeapFloats;
  private readonly spectrum: HeapFloats;
  private readonly powers: HeapFloats;
  private readonly gain: HeapFloats;

  /**
   * Valid while `scope` lives. `smoothness` is the weight of squared differences relative to squared errors; 0.005
   * suits 8-bit photos.
   */
  constructor(
    private readonly transform: RealTransform,
    scope: HeapScope,
    private readonly smoothness: number,
  ) {
    const { size, frequencies } = transform;
    this.block = scope.floats(size * size);
    this.spectrum = scope.floats(2 * frequencies);
    this.powers = scope.floats(frequencies);
    this.gain = scope.floats(2 * frequencies);
    gradientPowers(transform, this.powers);
  }

  /** Sets the kernel that `apply` undoes. */
  invert(kernel: Kernel): void {
    const { transform, block, gain, powers, smoothness } = this;
    kernelSpectrum(kernel, transform, block, gain);
    const size2 = transform.size ** 2; // the inverse transform multiplies by size^2
    transform.heap.wasm.invertFilter(gain.at, powers.at, transform.frequencies, smoothness, size2);
  }

  /** Light [C, H, W] -> the same, sharper. Values may leave [0, 1]. */
  apply(light: Planes): Planes {
    const { width, height, channels } = light;
    const { transform, block, spectrum, gain } = this;
    const { size, frequencies } = transform;
    const out = new Float32Array(light.data.length);
    for (let channel = 0; channel < channels; channel++) {
      const values = block.view();
      periodicBlock(light, channel, size, values);
      transform.forward(block, spectrum);
      transform.heap.wasm.applyFilter(spectrum.at, gain.at, frequencies);
      transform.inverse(spectrum, block);
      for (let y = 0; y < height; y++)
        out.set(values.subarray(y * size, y * size + width), (channel * height + y) * width);
    }
    return { width, height, channels, data: out };
  }
}
