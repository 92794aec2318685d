/**
 * @file Spectra that inverse filters share: the transform of a kernel, and the power of differences between neighbours.
 */
import type { Kernel } from "../blur/kernel.js";
import type { HeapFloats } from "./heap.js";
import type { RealTransform } from "./real-transform.js";

/** Displacement in pixels, fractions included. */
export interface Shift {
  readonly x: number;
  readonly y: number;
}

/**
 * Writes the spectrum of convolving with the kernel to `spectrum`; the kernel's centre is at the origin, moved by
 * `shift`. `block` is overwritten. The shift turns the phases, which is exact; interpolating the kernel would smooth
 * it.
 */
export function kernelSpectrum(
  { width, height, data }: Kernel,
  transform: RealTransform,
  block: HeapFloats,
  spectrum: HeapFloats,
  shift: Shift = { x: 0, y: 0 },
): void {
  const { size } = transform;
  const [cx, cy] = [width >> 1, height >> 1];
  const shifted = block.view().fill(0);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      shifted[((y - cy + size) % size) * size + ((x - cx + size) % size)] = data[y * width + x]!;
  transform.forward(block, spectrum);
  if (shift.x !== 0 || shift.y !== 0) turnPhases(spectrum.view(), size, shift);
}

/**
 * Turns the phases column by column, the layout of `RealTransform`'s spectrum. The highest frequencies stay real: each
 * stands for both of its signs, so it has no phase.
 */
function turnPhases(spectrum: Float32Array, size: number, shift: Shift): void {
  const half = size / 2;
  const signed = (frequency: number) => (frequency > half ? frequency - size : frequency);
  for (let u = 0, at = 0; u <= half; u++)
    for (let v = 0; v < size; v++, at += 2) {
      const angle = (-2 * Math.PI * (u * shift.x + signed(v) * shift.y)) / size;
      const [cos, sin] = [Math.cos(angle), u === half || v === half ? 0 : Math.sin(angle)];
      const [re, im] = [spectrum[at]!, spectrum[at + 1]!];
      spectrum[at] = re * cos - im * sin;
      spectrum[at + 1] = re * sin + im * cos;
    }
}

/** Power |D(f)|^2, 0 to 8, of the differences to the right and below together, for every frequency of a spectrum. */
export function gradientPowers({ size }: RealTransform, powers: HeapFloats): void {
  const along = Float64Array.from({ length: size }, (_, f) => 2 - 2 * Math.cos((2 * Math.PI * f) / size));
  const out = powers.view();
  for (let u = 0, at = 0; u <= size / 2; u++) for (let v = 0; v < size; v++, at++) out[at] = along[u]! + along[v]!;
}
