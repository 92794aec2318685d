/** @file A blur kernel as data, and operations that all kernels share. */
import { UnblurError } from "../base/errors.js";

/**
 * Blur kernel, the image of a point of light: [height, width], rows downwards. Values are not negative and sum to 1,
 * which keeps the brightness. The centre is at (floor(width / 2), floor(height / 2)), the middle of an odd size.
 */
export interface Kernel {
  readonly width: number;
  readonly height: number;
  readonly data: Float64Array;
}

/** The kernel scaled to sum 1. Throws `argument` if a value is negative or not finite, or if all are 0. */
export function normalisedKernel(kernel: Kernel, where: string): Kernel {
  let sum = 0;
  for (const value of kernel.data) {
    if (!(value >= 0 && value < Infinity))
      throw new UnblurError("argument", `${where}: a kernel's values must be finite and not negative, got ${value}`);
    sum += value;
  }
  if (sum === 0)
    throw new UnblurError("argument", `${where}: every value of the kernel is 0; at least one must be positive`);
  return { ...kernel, data: kernel.data.map((value) => value / sum) };
}

/** Kernel without blur: a single 1. */
export const identityKernel: Kernel = { width: 1, height: 1, data: Float64Array.of(1) };

/** Largest distance in pixels, along either axis, from which light reaches a pixel. */
export function kernelReach({ width, height }: Pick<Kernel, "width" | "height">): number {
  return Math.max(width >> 1, height >> 1);
}

/** A square of zeros that reaches `reach` pixels to each side. */
export function blankKernel(reach: number): { width: number; height: number; data: Float64Array } {
  const size = 2 * Math.ceil(reach) + 1;
  return { width: size, height: size, data: new Float64Array(size * size) };
}

/** Adds `weight` at a position between pixels, shared among its four neighbours. Shares outside the kernel are lost. */
export function splat({ width, height, data }: Kernel, x: number, y: number, weight: number): void {
  const column = Math.floor(x);
  const row = Math.floor(y);
  for (const j of [row, row + 1])
    for (const i of [column, column + 1])
      if (i >= 0 && i < width && j >= 0 && j < height)
        data[j * width + i]! += weight * (1 - Math.abs(x - i)) * (1 - Math.abs(y - j));
}

/** The kernel without the borders of zeros that opposite sides have in common; its centre stays. Odd sizes only. */
export function trimmedKernel(kernel: Kernel): Kernel {
  const { width, height, data } = kernel;
  const [cx, cy] = [width >> 1, height >> 1];
  let [reachX, reachY] = [0, 0];
  data.forEach((value, i) => {
    if (value === 0) return;
    reachX = Math.max(reachX, Math.abs((i % width) - cx));
    reachY = Math.max(reachY, Math.abs(Math.floor(i / width) - cy));
  });
  const [w, h] = [2 * reachX + 1, 2 * reachY + 1];
  const out = Float64Array.from({ length: w * h }, (_, i) => {
    const x = cx - reachX + (i % w);
    const y = cy - reachY + Math.floor(i / w);
    return data[y * width + x]!;
  });
  return { width: w, height: h, data: out };
}

/** Centroid in pixels from the centre. A kernel whose centroid is not (0, 0) also moves the picture. */
export function kernelCentroid({ width, height, data }: Kernel): { x: number; y: number } {
  let [x, y] = [0, 0];
  data.forEach((value, i) => {
    x += value * ((i % width) - (width >> 1));
    y += value * (Math.floor(i / width) - (height >> 1));
  });
  return { x, y };
}

/** Full convolution of two kernels: the kernel of blurring with one after the other. */
export function kernelProduct(a: Kernel, b: Kernel): Kernel {
  const [width, height] = [a.width + b.width - 1, a.height + b.height - 1];
  const out = new Float64Array(width * height);
  a.data.forEach((value, i) => {
    const [x, y] = [i % a.width, Math.floor(i / a.width)];
    for (let j = 0; j < b.data.length; j++)
      out[(y + Math.floor(j / b.width)) * width + x + (j % b.width)]! += value * b.data[j]!;
  });
  return { width, height, data: out };
}
