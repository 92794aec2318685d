/** @file What inverse filters of pictures share: the transform of a kernel, and the power of a difference of neighbours. */
import type { Kernel } from "../blur/kernel.js";
import type { HeapFloats } from "./heap.js";
import type { RealTransform } from "./real-transform.js";

/** `spectrum` becomes that of convolving with the kernel, its centre at the origin; `block` is used up on the way. */
export function kernelSpectrum(
  { width, height, data }: Kernel,
  transform: RealTransform,
  block: HeapFloats,
  spectrum: HeapFloats,
): void {
  const { size } = transform;
  const [cx, cy] = [width >> 1, height >> 1];
  const laid = block.view().fill(0);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      laid[((y - cy + size) % size) * size + ((x - cx + size) % size)] = data[y * width + x]!;
  transform.forward(block, spectrum);
}

/** |D(f)|^2 of the differences to the right and below together, for every frequency of a spectrum: 0 to 8. */
export function gradientPowers({ size }: RealTransform, powers: HeapFloats): void {
  const along = Float64Array.from({ length: size }, (_, f) => 2 - 2 * Math.cos((2 * Math.PI * f) / size));
  const out = powers.view();
  for (let u = 0, at = 0; u <= size / 2; u++) for (let v = 0; v < size; v++, at++) out[at] = along[u]! + along[v]!;
}
