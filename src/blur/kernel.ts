/** @file A blur kernel as data, and what all kernels have in common. */
import { UnblurError } from "../base/errors.js";

/**
 * How one point of light spreads: [height, width], rows downwards, not negative, of sum 1 so that brightness stays. The centre
 * is at (floor(width / 2), floor(height / 2)); for odd sizes that is the middle.
 */
export interface Kernel {
  readonly width: number;
  readonly height: number;
  readonly data: Float64Array;
}

/** Scaled to sum 1. Throws `argument` for negative, infinite or only black values. */
export function normalisedKernel(kernel: Kernel, where: string): Kernel {
  let sum = 0;
  for (const value of kernel.data) {
    if (!(value >= 0 && value < Infinity))
      throw new UnblurError("argument", `${where}: a kernel's values must be finite and not negative, got ${value}`);
    sum += value;
  }
  if (sum === 0)
    throw new UnblurError("argument", `${where}: the kernel is black everywhere; it must let light through`);
  return { ...kernel, data: kernel.data.map((value) => value / sum) };
}

/** No blur: a single 1. */
export const identityKernel: Kernel = { width: 1, height: 1, data: Float64Array.of(1) };

/** The largest distance in pixels, per axis, from which light reaches a pixel. */
export function kernelReach({ width, height }: Pick<Kernel, "width" | "height">): number {
  return Math.max(width >> 1, height >> 1);
}

/** An empty odd square that reaches `reach` pixels to each side. */
export function blankKernel(reach: number): { width: number; height: number; data: Float64Array } {
  const size = 2 * Math.ceil(reach) + 1;
  return { width: size, height: size, data: new Float64Array(size * size) };
}

/** Adds `weight` at a position between pixels, shared among its four neighbours. What falls outside is lost. */
export function splat({ width, height, data }: Kernel, x: number, y: number, weight: number): void {
  const column = Math.floor(x);
  const row = Math.floor(y);
  for (const j of [row, row + 1])
    for (const i of [column, column + 1])
      if (i >= 0 && i < width && j >= 0 && j < height)
        data[j * width + i]! += weight * (1 - Math.abs(x - i)) * (1 - Math.abs(y - j));
}

/** The same kernel without black borders that both sides have, its centre kept. Odd sizes only. */
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

/** Where the light is on average, in pixels from the centre. A kernel with another centroid than 0, 0 also moves the picture. */
export function kernelCentroid({ width, height, data }: Kernel): { x: number; y: number } {
  let [x, y] = [0, 0];
  data.forEach((value, i) => {
    x += value * ((i % width) - (width >> 1));
    y += value * (Math.floor(i / width) - (height >> 1));
  });
  return { x, y };
}

/** One kernel after the other as one, of the full size: what lies outside both is black. */
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
