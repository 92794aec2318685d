/** @file What inverse filters of pictures share: the transform of a kernel, and the power of a difference of neighbours. */
import type { Kernel } from "../blur/kernel.js";
import type { RealTransform } from "./real-transform.js";

/** The spectrum of convolving with `kernel`, its centre at the origin. */
export function kernelSpectrum({ width, height, data }: Kernel, transform: RealTransform): Float32Array {
  const { size } = transform;
  const block = new Float32Array(size * size);
  const [cx, cy] = [width >> 1, height >> 1];
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      block[((y - cy + size) % size) * size + ((x - cx + size) % size)] = data[y * width + x]!;
  return transform.forward(block);
}

/** |D(f)|^2 of the differences to the right and below together, for every frequency of a spectrum: 0 to 8. */
export function gradientPowers({ size, frequencies }: RealTransform): Float32Array {
  const along = Float64Array.from({ length: size }, (_, f) => 2 - 2 * Math.cos((2 * Math.PI * f) / size));
  const powers = new Float32Array(frequencies);
  for (let u = 0, at = 0; u <= size / 2; u++) for (let v = 0; v < size; v++, at++) powers[at] = along[u]! + along[v]!;
  return powers;
}
